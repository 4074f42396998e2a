// A wall screen left on: memory stays bounded and the picture stays right. SOAK_MINUTES sets how long (default 30).

import assert from 'node:assert/strict';
import { digestsAgree, live, logIn, story } from './people.mjs';
import { away, report, seeded, sighting, square } from './scene.mjs';

const minutes = Number(process.env.SOAK_MINUTES ?? 30);
const CARS = 500;
const BATCHES_A_SECOND = 5;
const MOVES_A_BATCH = 100;
/** Growth allowed between the settled start and the end; a leak of one row an update would be far more. */
const MOST_GROWTH_BYTES = 40 * 1024 * 1024;

/** Bytes in use after a collection: script objects and wasm memory.
 * @param {import('playwright-core').Page} page */
async function bytesInUse(page) {
  const tools = await page.context().newCDPSession(page);
  await tools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await tools.send('Runtime.getHeapUsage');
  const wasm = await page.evaluate(() => /** @type {any} */ (window).__gulou.memory?.() ?? 0);
  await tools.detach();
  return usedSize + wasm;
}

story(`a screen left on for ${minutes} minutes neither grows nor strays`, async (house, server) => {
  const [watcher] = server.people;
  assert(watcher);
  const key = await server.addKey('*');
  const chance = seeded(3);
  const scattered = () => away(square, (chance() - 0.5) * 40_000, (chance() - 0.5) * 40_000);
  const page = await house.open('wall', { viewport: { width: 3840, height: 2160 } });
  await logIn(page, server, watcher);
  await page.goto(`${server.base}/desk`);
  await live(page);
  const until = Date.now() + minutes * 60_000;
  let settled = 0;
  for (let batch = 0; Date.now() < until; batch += 1) {
    const next = new Promise((done) => setTimeout(done, 1000 / BATCHES_A_SECOND));
    await server.post(key, Array.from({ length: MOVES_A_BATCH }, () => sighting(`car-${Math.floor(chance() * CARS)}`, scattered(), 90)));
    if (batch % (60 * BATCHES_A_SECOND) === 0) {
      await server.post(key, [report({ position: scattered() })]);
      const bytes = await bytesInUse(page);
      settled ||= batch >= 120 * BATCHES_A_SECOND ? bytes : 0;
      console.log(`minute ${batch / (60 * BATCHES_A_SECOND)}: ${(bytes / 1_048_576).toFixed(1)} MiB`);
      if (settled) assert(bytes - settled < MOST_GROWTH_BYTES, `grew from ${settled} to ${bytes} bytes`);
    }
    await next;
  }
  await digestsAgree(page);
}, { people: (server) => server.addPerson('watcher', 'operator'), minutes: minutes + 5 });
