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

/** Notes how the live layer was last looked at. */
function noteMatrix() {
  const { prototype } = WebGL2RenderingContext;
  const { uniformMatrix4fv } = prototype;
  prototype.uniformMatrix4fv = function noting(/** @type {any[]} */ ...parameters) {
    const canvas = this.canvas;
    if (canvas instanceof HTMLCanvasElement && canvas.className === 'live-canvas') /** @type {any} */ (window).matrix = [...parameters[2]].join();
    return uniformMatrix4fv.apply(this, /** @type {any} */ (parameters));
  };
}

story('a basemap whose graphics were taken away comes back, and marks go on with it', async (house, server) => {
  const [operator] = server.people;
  assert(operator);
  await server.post(await server.addKey('*'), morning());
  const page = await house.open('desk');
  await page.addInitScript(noteMatrix);
  await logIn(page, server, operator);
  await page.goto(`${server.base}/desk`);
  await live(page);
  const matrix = () => page.evaluate(() => /** @type {any} */ (window).matrix);
  await eventually('the map is drawn', async () => Boolean(await matrix()), 60_000);
  await page.evaluate(async () => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('canvas.maplibregl-canvas'));
    const graphics = canvas.getContext('webgl2')?.getExtension('WEBGL_lose_context');
    graphics?.loseContext();
    await new Promise((done) => setTimeout(done, 500));
    graphics?.restoreContext();
  });
  await page.waitForTimeout(1_500);
  const before = await matrix();
  const box = await page.locator('#map').boundingBox();
  assert(box);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 80, box.y + box.height / 2 + 40, { steps: 4 });
  await page.mouse.up();
  await eventually('the marks were looked at from where the map is', async () => (await matrix()) !== before, 20_000);
}, { people: (server) => server.addPerson('operator', 'operator') });
