// The map and what it costs where nobody sees it.

import assert from 'node:assert/strict';
import { choose, logIn, live, story } from './people.mjs';
import { eventually } from './harness.mjs';
import { morning } from './scene.mjs';

/** Counts what the page's WebGL draws from now on; to be installed before the page. */
function countDraws() {
  const counted = /** @type {any} */ (window);
  counted.draws = 0;
  const { prototype } = WebGL2RenderingContext;
  const { drawArraysInstanced } = prototype;
  prototype.drawArraysInstanced = function counting(...parameters) {
    counted.draws += 1;
    drawArraysInstanced.apply(this, parameters);
  };
}

story('a map behind another sheet of a phone draws nothing, and is whole when it is shown', async (house, server) => {
  const [operator] = server.people;
  assert(operator);
  await server.post(await server.addKey('*'), morning());
  const page = await house.open('phone', { viewport: { width: 390, height: 844 } });
  await page.addInitScript(countDraws);
  await logIn(page, server, operator);
  await page.goto(`${server.base}/desk`);
  await live(page);
  const draws = () => page.evaluate(() => /** @type {any} */ (window).draws);
  await eventually('the map has been opened', () => page.evaluate(() => /** @type {any} */ (window).__gulou.camera?.() !== null), 60_000);
  // An untaken first-level incident pulses twice a second, wherever it can be seen.
  const before = await draws();
  await page.waitForTimeout(3_000);
  assert.equal(await draws(), before, 'nothing is drawn that nobody sees');
  await page.getByTestId('sheet-map').click();
  await eventually('marks are drawn', async () => (await draws()) > before);
  await page.getByTestId('sheet-queue').click();
  const first = await page.locator('[data-testid=incident-row]').first().getAttribute('data-id');
  assert(first);
  await choose(page, first);
}, { people: (server) => server.addPerson('operator', 'operator') });
