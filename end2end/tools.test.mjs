// The tools of the map, by hand and by keys; and that nothing but a person moves the view.

import assert from 'node:assert/strict';
import { choose, live, logIn, pointOf, row, shown, story, tells } from './people.mjs';
import { eventually } from './harness.mjs';
import { away, report, sighting, square } from './scene.mjs';

/** @typedef {import('./people.mjs').Page} Page */

const people = { people: (/** @type {import('./harness.mjs').Server} */ server) => server.addPerson('operator', 'operator') };

/** @param {Page} page @param {[number, number]} place */
async function clickAt(page, place) {
  const { x, y } = await pointOf(page, place);
  await page.mouse.click(x, y);
}

/** @param {Page} page @param {string} letter */
async function tool(page, letter) {
  await page.keyboard.press('Backquote');
  await page.keyboard.press(letter);
}

/** @param {Page} page */
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

story('a place is read in each system, copied with one key, and found again as it was typed', async (house, server) => {
  const page = await house.atMap(`?map=${square},15`);
  await tool(page, 'c');
  const center = page.getByTestId('place-center');
  await eventually('the middle is the square', async () => (await center.textContent())?.includes('113.751800, 23.020700'));
  const { x, y } = await pointOf(page, away(square, 100, 100));
  await page.mouse.move(x, y);
  await eventually('the pointer is read', async () => /^113\.752\d+, 23\.021\d+$/.test((await page.getByTestId('place-pointer').textContent()) ?? ''));
  await page.getByRole('button', { name: '° ′ ″' }).click();
  await eventually('seconds', async () => (await center.textContent())?.includes('113°45′6.48″E 23°1′14.52″N'));
  await page.getByRole('button', { name: 'GCJ-02' }).click();
  const shifted = await eventually('shifted', async () => /113\.75[67]\d+, 23\.018\d+|113\.\d+, 23\.\d+/.exec((await center.textContent()) ?? '')?.[0]);
  await page.mouse.move(x, y);
  await page.locator('#map canvas').first().evaluate((canvas) => /** @type {HTMLElement} */ (canvas).focus());
  await page.keyboard.press('Enter');
  await eventually('it is in the clipboard', async () => /^113\.\d{6}, 23\.\d{6}$/.test(await clipboard(page)));

  await page.keyboard.press('Escape');
  await page.getByTestId('tool-card').waitFor({ state: 'detached' });
  const before = await tells(page).camera();
  await page.keyboard.press('Control+k');
  await page.locator('#palette-words').waitFor();
  await page.keyboard.type('N 22°49′ E 113°40′');
  await page.getByTestId('palette-entry').filter({ hasText: 'WGS-84' }).waitFor();
  await page.keyboard.press('Enter');
  await eventually('the map goes there', async () => Math.abs((await tells(page).camera()).lng - 113.6667) < 0.001);
  await page.keyboard.press('Control+k');
  await page.locator('#palette-words').waitFor();
  await page.keyboard.type(shifted);
  await page.getByTestId('palette-entry').filter({ hasText: 'GCJ-02' }).click();
  await eventually('and back to the square, from the shifted system', async () => {
    const camera = await tells(page).camera();
    return Math.abs(camera.lng - before.lng) < 2e-5 && Math.abs(camera.lat - before.lat) < 2e-5;
  });
}, people);

story('a length and an area are measured point by point, and a point is taken back', async (house, server) => {
  const page = await house.atMap(`?map=${square},15`);
  await tool(page, 'm');
  const corners = [away(square, -250, -250), away(square, 250, -250), away(square, 250, 250), away(square, -250, 250)];
  for (const corner of corners.slice(0, 2)) await clickAt(page, corner);
  await eventually('half a kilometre', async () => /^(49\d|50\d) m$/.test((await page.getByTestId('measured-length').textContent()) ?? ''));
  for (const corner of corners.slice(2)) await clickAt(page, corner);
  await eventually('a quarter of a square kilometre', async () => /^2[45]\.\d\d ha$/.test((await page.getByTestId('measured-area').textContent()) ?? ''));
  assert.equal(await page.locator('[data-testid=tool-drawing] circle.point').count(), 4);
  await page.keyboard.press('Backspace');
  await eventually('one less', async () => (await page.locator('[data-testid=tool-drawing] circle.point').count()) === 3);
  await page.keyboard.press('Escape');
  await page.getByTestId('tool-card').waitFor({ state: 'detached' });
  assert.equal(await page.locator('[data-testid=tool-drawing] circle.point').count(), 0);
}, people);

story('what lies in a box or a lasso is counted and goes into the batch', async (house, server) => {
  const key = await server.addKey('*');
  await server.post(key, [
    report({ position: away(square, -150, 0) }), report({ position: away(square, 150, 0), category: 'C0102', text: '污水井盖下沉' }),
    report({ position: away(square, 600, 600), category: 'C0104', text: '雨水箅子堵塞' }), sighting('粤S0001', away(square, 0, 50), 90),
  ]);
  const page = await house.atMap(`?map=${square},15`);
  await eventually('all three are there', async () => (await page.locator('[data-testid=tab-all] .tab-count').textContent()) === '3');
  const drag = async (/** @type {[number, number][]} */ places) => {
    const points = await Promise.all(places.map((place) => pointOf(page, place)));
    const [first, ...rest] = points;
    assert(first);
    await page.mouse.move(first.x, first.y);
    await page.mouse.down();
    for (const { x, y } of rest) await page.mouse.move(x, y, { steps: 6 });
    await page.mouse.up();
  };
  const before = await tells(page).camera();
  await tool(page, 'b');
  await page.getByTestId('drawing-sheet').waitFor();
  await drag([away(square, -300, 200), away(square, 300, -200)]);
  await page.getByTestId('area-incidents').filter({ hasText: '2' }).waitFor();
  await page.getByTestId('area-units').filter({ hasText: '1' }).waitFor();
  await tool(page, 'l');
  await drag([away(square, -300, 200), away(square, -20, 200), away(square, -20, -200), away(square, -300, -200), away(square, -300, 190)]);
  await page.getByTestId('area-incidents').filter({ hasText: '1' }).waitFor();
  assert.deepEqual(await tells(page).camera(), before, 'drawing does not move the map');
  await page.getByTestId('area-to-batch').click();
  await page.getByTestId('batch-row').first().waitFor();
  assert.equal(await page.getByTestId('batch-row').count(), 1);
}, people);

story('the nearest units are listed with distance and time, and one is followed until a hand moves the map', async (house, server) => {
  const key = await server.addKey('*');
  const cars = [200, 900, 400, 5_000].map((metres, index) => sighting(`粤S000${index}`, away(square, metres, 0), 90));
  await server.post(key, [report(), ...cars]);
  const page = await house.atMap(`?map=${square},15`);
  const first = await page.locator('[data-testid=incident-row]').first().getAttribute('data-id');
  assert(first);
  await choose(page, first);
  await tool(page, 'n');
  await eventually('the nearest first', async () => {
    const names = await page.getByTestId('near-row').locator('.near-name').allTextContents();
    return names.join() === '粤S0000,粤S0002,粤S0001,粤S0003';
  });
  await page.getByTestId('near-row').first().filter({ hasText: /\d+ m.*约 1 分/ }).waitFor();
  assert.equal(await page.locator('[data-testid=tool-drawing] line.near').count(), 4);
  // The question cannot be asked for a while: what was found stays, and is said to be old.
  house.expectsOutage = true;
  await page.route('**/api/v1/units?near=*', (route) => route.abort('connectionrefused'));
  await page.getByTestId('near-said').filter({ hasText: '上次查到的' }).waitFor();
  assert.equal(await page.getByTestId('near-row').count(), 4);
  await page.getByRole('group', { name: '个' }).getByRole('button', { name: '3', exact: true }).click();
  await page.getByTestId('near-said').filter({ hasText: '查不到附近的车辆和人员' }).waitFor();
  await page.unroute('**/api/v1/units?near=*');
  await page.getByRole('group', { name: '个' }).getByRole('button', { name: '5', exact: true }).click();
  await eventually('it is found again', async () => (await page.getByTestId('near-row').count()) === 4 && !(await page.getByTestId('near-said').isVisible()));
  house.expectsOutage = false;
  await page.getByTestId('near-row').first().getByRole('button', { name: '跟随' }).click();
  const chip = page.getByTestId('follow-chip');
  await chip.filter({ hasText: '粤S0000' }).waitFor();
  await server.post(key, [sighting('粤S0000', away(square, 300, 300), 0)]);
  await eventually('the map goes with it', async () => {
    const camera = await tells(page).camera();
    return Math.abs(camera.lat - away(square, 300, 300)[1]) < 1e-4;
  });
  const middle = await pointOf(page, away(square, 0, 300));
  await page.mouse.move(middle.x, middle.y);
  await page.mouse.wheel(0, -120);
  await chip.waitFor({ state: 'hidden' });
  await page.waitForTimeout(500);
  const left = await tells(page).camera();
  await server.post(key, [sighting('粤S0000', away(square, -300, -300), 180)]);
  await page.waitForTimeout(2_500);
  assert.deepEqual(await tells(page).camera(), left, 'nothing that arrives moves the map');
}, people);

story('layers are switched, kept, and a link brings the whole view back', async (house, server) => {
  const key = await server.addKey('*');
  await server.post(key, [report(), sighting('粤S0001', away(square, 100, 0), 90)]);
  const page = await house.atMap(`?map=${square},14.5`);
  const [first] = await page.locator('[data-testid=incident-row]').all();
  const id = await first?.getAttribute('data-id');
  assert(id);
  await choose(page, id);
  await tool(page, 'y');
  await page.getByTestId('layer-incidents').locator('input[type=checkbox]:disabled').waitFor();
  await eventually('the age of units is said', async () => /实时|渐旧/.test((await page.getByTestId('layer-units').textContent()) ?? ''));
  await page.getByTestId('layer-units').locator('input[type=checkbox]').uncheck();
  await page.getByTestId('layer-names').locator('input[type=range]').fill('40');
  await page.keyboard.press('Escape');
  const address = page.url();
  await server.post(key, [report({ position: away(square, 400, 0), category: 'C0102' })]);
  await eventually('something arrived', async () => (await page.locator('[data-testid=tab-all] .tab-count').textContent()) === '2');
  assert.equal(page.url(), address, 'what arrives does not touch the address');
  const before = await tells(page).camera();
  await tool(page, 'p');
  const link = await eventually('a link', async () => {
    const text = await clipboard(page);
    return text.startsWith(server.base) ? text : '';
  });
  assert.match(link, /map=113\.\d+,23\.\d+,14\.5\d*&layers=units:0:100,names:1:40&incident=.*&list=all/);
  await page.goto('about:blank');
  await house.atMap(new URL(link).search);
  await shown(page, id);
  const after = await tells(page).camera();
  for (const axis of ['lng', 'lat']) assert(Math.abs(after[axis] - before[axis]) < 1e-5, `${axis} ${after[axis]} and ${before[axis]}`);
  assert(Math.abs(after.zoom - before.zoom) < 0.02);
  await tool(page, 'y');
  assert.equal(await page.getByTestId('layer-units').locator('input[type=checkbox]').isChecked(), false);
  await row(page, id).waitFor();
}, people);

story('a link shows the usual layers to whoever has others, and changes nothing of his own', async (house) => {
  const page = await house.atMap(`?map=${square},14.5`);
  const sensors = page.getByTestId('layer-sensors').locator('input[type=checkbox]');
  await tool(page, 'y');
  await sensors.waitFor();
  await tool(page, 'p');
  const link = await eventually('a link', async () => new URL(await clipboard(page)).search);
  await sensors.uncheck();
  await house.atMap(link);
  await tool(page, 'y');
  await eventually('the layers are those of the link', async () => sensors.isChecked());
  await house.atMap(`?map=${square},14.5`);
  await tool(page, 'y');
  await sensors.waitFor();
  assert.equal(await sensors.isChecked(), false, 'his own are as he left them');
  // What he changes himself while he looks at a link's is kept.
  await house.atMap(link);
  await tool(page, 'y');
  await page.getByTestId('layer-names').locator('input[type=checkbox]').uncheck();
  await house.atMap(`?map=${square},14.5`);
  await tool(page, 'y');
  await sensors.waitFor();
  assert.deepEqual([await sensors.isChecked(), await page.getByTestId('layer-names').locator('input[type=checkbox]').isChecked()], [true, false]);
}, people);

story('a phone has the tools behind one button of its map', async (house, server) => {
  const page = await house.atMap(`?map=${square},15`, { viewport: { width: 390, height: 844 } });
  const camera = await tells(page).camera();
  assert(Math.abs(camera.lng - square[0]) < 1e-4 && Math.abs(camera.zoom - 15) < 0.05, 'it looks where the link says, though another sheet shows');
  await page.getByTestId('sheet-map').click();
  assert.equal(await page.getByTestId('tools').isVisible(), false);
  await page.getByTestId('tools-unfold').click();
  await page.getByTestId('tool-coordinates').click();
  await page.getByTestId('place-center').waitFor();
}, people);

story('without WebGL2 the page says so, and a plain map shows what is open, to be selected', async (house, server) => {
  const key = await server.addKey('*');
  await server.post(key, [report(), report({ position: away(square, 4_000, 2_000), category: 'E0406', severity: 1, text: '商铺冒烟' })]);
  const [operator] = server.people;
  assert(operator);
  const page = await house.open('operator');
  await page.addInitScript(() => {
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = /** @type {any} */ (/** @this {HTMLCanvasElement} @param {any} kind @param {any} options */ function without(kind, options) {
      return kind === 'webgl2' ? null : getContext.call(this, kind, options);
    });
  });
  await logIn(page, server, operator);
  await page.goto(`${server.base}/desk`);
  await live(page);
  await page.locator('.map-said').filter({ hasText: 'WebGL2' }).waitFor();
  const marks = page.getByTestId('plain-mark');
  await eventually('both are drawn', async () => (await marks.count()) === 2);
  assert.equal(await page.locator('.plain-mark .mark.s1').count(), 1, 'a shape of its own for the gravest');
  await eventually('the outlines are there', async () => ((await page.locator('.plain-map .towns').getAttribute('d')) ?? '').length > 1_000);
  const id = await marks.first().getAttribute('data-id');
  assert(id);
  await marks.first().click();
  await shown(page, id);
  const place = () => marks.first().evaluate((mark) => mark.getBoundingClientRect().x);
  const before = await place();
  await server.post(key, [report({ position: away(square, 9_000, 0), category: 'C0102' })]);
  await eventually('the third is drawn', async () => (await marks.count()) === 3);
  const still = page.locator(`[data-testid=plain-mark][data-id="${id}"]`);
  assert.equal(await still.evaluate((mark) => mark.getBoundingClientRect().x), before, 'what arrives does not move the map');
  await page.getByRole('button', { name: '放大' }).click();
  await eventually('a person does', async () => (await still.evaluate((mark) => mark.getBoundingClientRect().x)) !== before);
  await tool(page, 'm');
  await page.mouse.click(700, 300);
  await page.mouse.click(760, 360);
  await eventually('the tools work on it', async () => /km$/.test((await page.getByTestId('measured-length').textContent()) ?? ''));
}, people);

story('the cost of each second is shown when asked for', async (house, server) => {
  const key = await server.addKey('*');
  const page = await house.atMap(`?map=${square},15`);
  await tool(page, 'g');
  const budget = page.getByTestId('budget');
  await budget.waitFor();
  await eventually('updates are counted', async () => {
    await server.post(key, [sighting('粤S0001', away(square, Math.random() * 100, 0), 90)]);
    return /更新\/秒[1-9]/.test((await budget.textContent()) ?? '');
  }, 20_000);
  await page.keyboard.press('Control+k');
  await page.locator('#palette-words').waitFor();
  await page.keyboard.type('每帧');
  await page.getByTestId('palette-entry').filter({ hasText: '` G' }).waitFor();
  await page.keyboard.press('Enter');
  await budget.waitFor({ state: 'detached' });
}, people);
