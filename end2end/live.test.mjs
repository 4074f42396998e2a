// The live picture under load and after an outage: it never takes the operator's place away, and never stays wrong.

import assert from 'node:assert/strict';
import { choose, digestsAgree, live, logIn, press, row, shown, story, tab, tells } from './people.mjs';
import { eventually } from './harness.mjs';
import { away, report, seeded, sighting, square } from './scene.mjs';

const UPDATES_A_SECOND = 200;
const BATCHES_A_SECOND = 20;
const SECONDS = 10;
const QUEUE_LENGTH = 120;

/** @param {import('./harness.mjs').Server} server */
async function oneOperator(server) {
  await server.addPerson('operator', 'operator');
}

/** @param {import('./harness.mjs').Server} server */
function operator(server) {
  const [person] = server.people;
  assert(person);
  return person;
}

/** Where everything is that must not move. @param {import('playwright-core').Page} page */
async function place(page) {
  const seen = await page.evaluate(() => {
    const queue = document.querySelector('[data-testid=queue-list]');
    if (!queue) throw new Error('no queue');
    const top = queue.getBoundingClientRect().top;
    const first = [...queue.querySelectorAll('[data-testid=incident-row]')]
      .map((element) => ({ id: element.getAttribute('data-id'), from: element.getBoundingClientRect() }))
      .filter(({ from }) => from.bottom > top + 1)
      .sort((a, b) => a.from.top - b.from.top)[0];
    const focus = document.activeElement;
    return {
      firstRow: first?.id,
      firstRowFrom: Math.round((first?.from.top ?? 0) - top),
      chosen: document.querySelector('[data-testid=detail] [data-id][data-state]')?.getAttribute('data-id'),
      focusIsOn: focus?.getAttribute('data-probe'),
      written: focus instanceof HTMLInputElement || focus instanceof HTMLTextAreaElement ? [focus.value, focus.selectionStart] : null,
      page: [scrollX, scrollY],
    };
  });
  return { ...seen, camera: await tells(page).camera() };
}

story('200 updates a second move neither camera, selection, scroll nor focus', async (house, server) => {
  const key = await server.addKey('*');
  const chance = seeded(7);
  const scattered = () => away(square, (chance() - 0.5) * 20_000, (chance() - 0.5) * 20_000);
  await server.post(key, Array.from({ length: QUEUE_LENGTH }, () => report({ position: scattered() })));
  const page = await house.atDesk(operator(server));
  await tab(page, 'all');
  const queue = page.getByTestId('queue-list');
  await eventually('the queue is longer than its window', () => queue.evaluate((element) => element.scrollHeight > 2 * element.clientHeight));
  await queue.evaluate((element) => { element.scrollTop = element.clientHeight; });
  const rows = queue.locator('[data-testid=incident-row]');
  const middle = await eventually('a row in the middle', async () => {
    const box = await queue.boundingBox();
    const ids = await rows.evaluateAll((all, edge) => all
      .filter((element) => element.getBoundingClientRect().top > edge + 60)
      .map((element) => element.getAttribute('data-id')), box?.y ?? 0);
    return ids[1];
  });
  await row(page, middle).click();
  await shown(page, middle);
  await press(page, 'comment');
  const field = page.getByTestId('form-comment').locator('[name=text]');
  await field.fill('写到一半的话');
  await field.evaluate((element) => {
    element.setAttribute('data-probe', 'comment');
    /** @type {HTMLInputElement} */ (element).setSelectionRange(3, 3);
  });

  await eventually('the map is open', () => tells(page).camera(), 60_000);
  const before = await place(page);
  const positionBefore = await tells(page).position();
  assert.equal(before.focusIsOn, 'comment');
  assert.equal(before.chosen, middle);
  const cars = Array.from({ length: 60 }, (_, index) => `car-${index}`);
  const perBatch = UPDATES_A_SECOND / BATCHES_A_SECOND;
  for (let batch = 0; batch < SECONDS * BATCHES_A_SECOND; batch += 1) {
    const next = new Promise((done) => setTimeout(done, 1000 / BATCHES_A_SECOND));
    const moves = Array.from({ length: perBatch - 1 }, (_, index) => {
      const car = cars[(batch * perBatch + index) % cars.length] ?? 'car-0';
      return sighting(car, scattered(), Math.floor(chance() * 360));
    });
    await server.post(key, [...moves, report({ position: scattered() })]);
    await next;
    if (batch % BATCHES_A_SECOND === 0) assert.deepEqual(await place(page), before, `after ${batch} batches`);
  }
  assert.deepEqual(await place(page), before, 'at the end');
  assert((await tells(page).position()) > positionBefore + SECONDS, 'the page followed all along');
  await digestsAgree(page);
}, { people: oneOperator });

story('after a crash of the server the page recovers by itself and agrees with it', async (house, server) => {
  const key = await server.addKey('*');
  const chance = seeded(11);
  const scattered = () => away(square, (chance() - 0.5) * 9000, (chance() - 0.5) * 9000);
  await server.post(key, Array.from({ length: 20 }, () => report({ position: scattered() })));
  const page = await house.atDesk(operator(server));
  await page.evaluate(() => { /** @type {any} */ (window).stillTheSamePage = true; });
  const before = await digestsAgree(page);
  const chosen = await page.locator('[data-testid=incident-row]').first().getAttribute('data-id');
  assert(chosen);
  await choose(page, chosen);

  house.expectsOutage = true;
  await server.kill();
  await page.locator('[data-testid=link-light]:not([data-light=green])').waitFor();
  await server.start();
  await server.post(key, [report({ position: away(square, 15_000, -9000) }), sighting('car-1', square, 90)]);
  await live(page);
  const after = await digestsAgree(page);
  assert(after.position > before.position, 'positions go on after a restart');
  assert(after.count > before.count, 'what came after the restart is on the page');
  await shown(page, chosen);
  assert.equal(await page.evaluate(() => /** @type {any} */ (window).stillTheSamePage), true, 'the page was never loaded again');
}, { people: oneOperator });

story('a view that the server refuses is said on the page, and what it shows is not called live', async (house, server) => {
  const page = await house.open('refused', {});
  let spoilt = false;
  // The page's own questions, of which the map's zoom becomes one that there is not: version, look, box (32 bytes), zoom.
  await page.routeWebSocket(/api\/v1\/live/, (socket) => {
    const beyond = socket.connectToServer();
    socket.onMessage((message) => {
      const bytes = Buffer.from(message);
      if (spoilt && bytes[1] === 0) bytes.writeFloatLE(99, 34);
      beyond.send(bytes);
    });
  });
  await logIn(page, server, operator(server));
  await page.goto(`${server.base}/desk`);
  await live(page);
  const light = page.getByTestId('link-light');
  const zoom = async (/** @type {number} */ by) => {
    const box = await page.locator('[data-testid=map]').boundingBox();
    assert(box);
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.wheel(0, by);
  };
  spoilt = true;
  await zoom(-300);
  await page.locator('[data-testid=link-light][data-light=yellow]').waitFor();
  assert.match(await light.innerText(), /地图范围未被接受/);
  assert.match(await light.getAttribute('title') ?? '', /99 is outside 0\.\.30/);
  spoilt = false;
  await zoom(300);
  await live(page);
  assert.equal(await light.getAttribute('title'), null, 'nothing is left of the refusal');
}, { people: oneOperator });

story('what one person changes is seen by another who does nothing', async (house, server) => {
  const key = await server.addKey('*');
  await server.addPerson('second', 'operator');
  const [first, second] = await Promise.all(server.people.map((person) => house.atDesk(person)));
  assert(first && second);
  await server.post(key, [report({ category: null, text: '路边有一堆来历不明的桶' })]);
  await tab(first, 'all');
  const id = await first.locator('[data-testid=incident-row]').first().getAttribute('data-id');
  assert(id);
  await choose(first, id);
  await choose(second, id);
  const session = await server.logIn(operator(server));
  await session.command(id, 'set_title', { title: '不明桶装物' });
  await row(second, id).filter({ hasText: '不明桶装物' }).waitFor();
}, { people: oneOperator });
