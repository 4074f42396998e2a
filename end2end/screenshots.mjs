// Pictures of the pages as people see them, into end2end/screenshots; the README shows the desk's.

import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { inHouse, live, logIn, shown } from './people.mjs';
import { eventually } from './harness.mjs';
import { morning } from './scene.mjs';

const folder = resolve(import.meta.dirname, 'screenshots');
const sizes = /** @type {[string, number, number][]} */ ([['desk', 1440, 900], ['phone', 390, 844], ['wall', 3840, 2160]]);
const looks = [
  { language: 'zh', theme: 'night' },
  { language: 'zh', theme: 'day' },
  { language: 'en', theme: 'night' },
];

await mkdir(folder, { recursive: true });
await inHouse('screenshots', [], async (house, server) => {
  const leader = await server.addPerson('leader', 'shift_leader');
  await server.start();
  await server.post(await server.addKey('*'), morning());
  const { incidents } = await (await server.logIn(leader)).get('/api/v1/incidents?severity=1');
  const gravest = incidents[0].id;
  for (const [size, width, height] of sizes) {
    for (const look of looks) {
      const page = await house.open(`${size} ${look.language} ${look.theme}`, { ...look, viewport: { width, height } });
      // A wall of eight million pixels drawn in software takes its time.
      page.setDefaultTimeout(120_000);
      const take = async (/** @type {string} */ name) => {
        const path = join(folder, `${name}-${width}x${height}-${look.language}-${look.theme}.png`);
        await page.screenshot({ path });
        console.log(path);
      };
      await page.goto(`${server.base}/login`);
      await page.locator('input[name=name]').waitFor();
      await take('login');
      await logIn(page, server, leader);
      await page.goto(`${server.base}/desk?incident=${gravest}`);
      await live(page);
      await shown(page, gravest);
      await eventually('the map is drawn', () => page.evaluate(() => /** @type {any} */ (window).__gulou.camera() !== null), 180_000);
      await page.waitForLoadState('networkidle');
      await take('desk');
      if (size !== 'phone') {
        await page.goto(`${server.base}/themes/overview`);
        await page.waitForLoadState('networkidle');
        await take('theme');
        for (const [name, path] of [['wall', '/wall'], ['wall-theme', '/wall/overview']]) {
          await page.goto(`${server.base}${path}`);
          await live(page);
          await eventually('the map is drawn', () => page.evaluate(() => /** @type {any} */ (window).__gulou.camera() !== null), 180_000);
          // The map shows its frame after the first picture.
          await page.waitForTimeout(3_000);
          await take(name ?? '');
        }
      }
      await page.context().close();
    }
  }
});
