// What is seen far out: heat where units are many, signs where incidents stand together, names that keep clear of both.

import assert from 'node:assert/strict';
import { live, pointOf, shown, story, tells } from './people.mjs';
import { eventually } from './harness.mjs';
import { drawing, noteDrawing } from './drawing.mjs';
import { away, report, seeded, sighting, square } from './scene.mjs';

/** @typedef {import('./people.mjs').Page} Page */

const people = { people: (/** @type {import('./harness.mjs').Server} */ server) => server.addPerson('operator', 'operator') };

/** Towns whose names stand on the map, and how many matters there are in each: far apart, so that each is one of its own. */
const centres = /** @type {[number, number][]} */ ([[113.7518, 23.0207], [113.673, 22.815], [113.815, 22.806], [114.146, 22.745], [113.877, 23.003]]);

/** Nine different matters around each centre, one of them of the first level; sixty cars around the square. */
function crowded() {
  const chance = seeded(7);
  const kinds = /** @type {[string, number][]} */ ([['C0101', 3], ['E0406', 1], ['C0102', 3], ['E0401', 2], ['C0104', 4], ['E0421', 4], ['C0103', 3], ['E0402', 2], ['C0105', 4]]);
  const reports = centres.flatMap((centre) => kinds.map(([category, severity], index) => report({
    category, severity, text: `第 ${index} 处`, position: away(centre, (index % 3) * 320 - 320, Math.floor(index / 3) * 320 - 320),
  })));
  const cars = Array.from({ length: 60 }, (_, index) => sighting(`粤S${2000 + index}`, away(square, (chance() - 0.5) * 12_000, (chance() - 0.5) * 12_000), index * 6));
  return [...reports, ...cars];
}

/** Waits until the live layer draws as many marks, each for itself, and whoever draws has had a turn more. @param {Page} page @param {number} least */
async function eachForItself(page, least) {
  await page.locator('.far-signs').waitFor({ state: 'attached' });
  await eventually(`${least} marks are drawn`, async () => (await drawing(page)).marks >= least, 30_000);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Goes nearer by one press, and waits until that is seen. @param {Page} page */
async function nearer(page) {
  const { zoom } = await tells(page).camera();
  await page.locator('.map-buttons button').first().dispatchEvent('click');
  await eventually('it goes nearer', async () => (await tells(page).camera()).zoom > zoom + 0.99);
}

/** @param {Page} page */
const signs = (page) => page.getByTestId('cluster');

story('a crossing full of matters is one sign far out, its first level stands beside it, and a press shows what it holds', async (house, server) => {
  await server.post(await server.addKey('*'), crowded());
  const page = await house.atMap('?map=113.86,22.92,9.4', { script: noteDrawing });
  await eventually('there are signs', async () => (await signs(page).count()) >= 3, 30_000);
  const counts = await signs(page).evaluateAll((all) => all.map((sign) => Number(sign.getAttribute('data-count'))));
  const open = 8 * centres.length;
  assert(counts.reduce((sum, count) => sum + count, 0) <= open, `${counts} hold no first level`);
  assert.match((await signs(page).first().getAttribute('aria-label')) ?? '', /^\d+ 件事件，最高Ⅱ/);
  const before = await tells(page).camera();
  await signs(page).first().click();
  await eventually('it goes nearer', async () => (await tells(page).camera()).zoom > before.zoom + 1);
  await house.atMap(`?map=${square},14`);
  await eachForItself(page, 9 * centres.length);
  assert.equal(await signs(page).count(), 0, 'nearer, each stands for itself');
}, people);

story('while signs fade, what is seen is what takes the press', async (house, server) => {
  await server.post(await server.addKey('*'), crowded());
  const page = await house.atMap(`?map=${square},12`, { script: noteDrawing });
  await eventually('there is a faint sign', async () => (await signs(page).count()) >= 1, 30_000);
  const group = page.locator('.far-signs');
  assert(Number(await group.evaluate((element) => element.style.opacity)) < 0.5);
  const { incidents } = await (await page.request.get(`${server.base}/api/v1/incidents?limit=100`)).json();
  const corner = away(square, -320, -320);
  const there = incidents.find((/** @type {any} */ one) => Math.hypot(one.position[0] - corner[0], one.position[1] - corner[1]) < 1e-5);
  assert(there, 'somebody stands at the corner');
  const { x, y } = await pointOf(page, corner);
  await page.mouse.click(x, y);
  await shown(page, there.id);
  assert.equal((await tells(page).camera()).zoom.toFixed(1), '12.0', 'no sign took it');

  // Farther out a sign takes it, unless a place is asked for.
  await house.atMap(`?map=${square},10`);
  await page.locator('.far-signs:not([inert]) .far-sign').first().waitFor({ state: 'visible', timeout: 30_000 });
  await page.keyboard.press('n');
  await page.getByTestId('pick-on-map').click();
  await page.locator('.map.picking').waitFor();
  const box = await signs(page).first().boundingBox();
  assert(box);
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.locator('.map.picking').waitFor({ state: 'detached' });
  assert.equal((await tells(page).camera()).zoom.toFixed(1), '10.0', 'the place was taken, no sign pressed');
}, people);

story('whoever stands on a sign with the keys stands on the map when it goes', async (house, server) => {
  await server.post(await server.addKey('*'), crowded());
  const page = await house.atMap('?map=113.86,22.92,9.4', { script: noteDrawing });
  await eventually('there are signs', async () => (await signs(page).count()) >= 3, 30_000);
  const focus = () => page.evaluate(() => document.activeElement?.className ?? '');
  const before = await tells(page).camera();
  await signs(page).first().focus();
  await page.keyboard.press('Enter');
  await eventually('it goes nearer', async () => (await tells(page).camera()).zoom > before.zoom + 1);
  assert.match(await focus(), /maplibregl-canvas/);
  await house.atMap('?map=113.86,22.92,9.4');
  await eventually('there are signs', async () => (await signs(page).count()) >= 3, 30_000);
  await signs(page).first().focus();
  assert.match(await focus(), /far-sign/);
  // By another hand, or because they came apart.
  await eventually('the signs are gone', async () => {
    await nearer(page);
    return (await signs(page).count()) === 0;
  }, 20_000);
  await eventually('the focus is on the map', async () => /maplibregl-canvas/.test(await focus()));
}, people);

story('what arrives moves no sign but its own', async (house, server) => {
  const key = await server.addKey('*');
  await server.post(key, crowded());
  const page = await house.atMap('?map=113.86,22.92,9.4', { script: noteDrawing });
  await eventually('there are signs', async () => (await signs(page).count()) >= 3, 30_000);
  const stand = () => signs(page).evaluateAll((all) => Object.fromEntries(all.map((sign) => [/** @type {HTMLElement} */ (sign).style.transform, sign.getAttribute('data-count')])));
  const before = await stand();
  await server.post(key, [report({ category: 'C0110', severity: 3, text: '新的一处', position: away(square, 500, 500) })]);
  await eventually('it is counted', async () => JSON.stringify(await stand()) !== JSON.stringify(before), 20_000);
  const after = await stand();
  const stayed = Object.entries(before).filter(([at, count]) => after[at] === count);
  assert(stayed.length >= Object.keys(before).length - 1, `${JSON.stringify(before)} ${JSON.stringify(after)}`);
}, people);

story('heat shows where units are far out, not nearer, and can be put away', async (house, server) => {
  await server.post(await server.addKey('*'), crowded());
  const page = await house.atMap(`?map=${square},10`, { script: noteDrawing });
  await eventually('heat is drawn', async () => (await drawing(page)).heat >= 18, 30_000);
  await page.keyboard.press('Backquote');
  await page.keyboard.press('y');
  const row = page.getByTestId('layer-heat');
  await row.getByTestId('heat-legend').waitFor();
  assert.equal(await row.locator('ol > li').count(), 5);
  await row.locator('input[type=checkbox]').uncheck();
  await eventually('it is put away', async () => (await drawing(page)).heat === 0, 20_000);
  await row.locator('input[type=checkbox]').check();
  await eventually('it is back', async () => (await drawing(page)).heat >= 18, 20_000);
  for (let press = 0; press < 4; press += 1) await nearer(page);
  await eventually('nearer, each unit stands for itself', async () => (await drawing(page)).heat === 0, 20_000);
  // All incidents are, wherever one looks; more than those are units.
  await eachForItself(page, 9 * centres.length + 1);
  assert.equal((await drawing(page)).heat, 0);
}, people);

story('the past has no heat and nobody is faint for it; with the present it is back', async (house, server) => {
  await server.post(await server.addKey('*'), crowded());
  const page = await house.atMap(`?map=${square},10`, { script: noteDrawing });
  const all = 9 * centres.length + 60;
  const heatIsDrawn = () => eventually('heat is drawn, and units are fainter for it', async () => (await drawing(page)).heat >= 18 && (await drawing(page)).faintest < 0.99, 30_000);
  await heatIsDrawn();
  const then = new Date().toISOString();
  await eventually('that is past', () => Date.now() > Date.parse(then) + 2_500);
  await page.goto(`${server.base}/desk?map=${square},10&at=${then}`);
  await page.getByTestId('past-moment').waitFor();
  await page.locator('.far-signs').waitFor({ state: 'attached', timeout: 30_000 });
  await eventually('everybody of then is drawn', async () => (await drawing(page)).marks >= all, 30_000);
  await page.keyboard.press('Backquote');
  await page.keyboard.press('y');
  const age = page.getByTestId('layer-heat').locator('.layer-age');
  await age.filter({ hasText: '没有数据' }).waitFor();
  await eachForItself(page, all);
  const { heat, faintest } = await drawing(page);
  assert.deepEqual([heat, faintest], [0, 1]);
  await page.getByTestId('past-return').click();
  await live(page);
  await heatIsDrawn();
  await age.filter({ hasText: /实时|渐旧/ }).waitFor();
}, people);

/** The basemap of the page, found by what it is asked. @param {Page} page */
async function noteMap(page) {
  await page.evaluate(async () => {
    const url = performance.getEntriesByType('resource').map(({ name }) => name).find((name) => /maplibre-gl\.mjs$/.test(name));
    const { Map } = await import(/** @type {string} */ (url));
    const { getCenter } = Map.prototype;
    Map.prototype.getCenter = function noting() {
      /** @type {any} */ (window).basemap = this;
      return getCenter.call(this);
    };
    /** @type {any} */ (window).__gulou.camera();
    delete Map.prototype.getCenter;
    Map.prototype.getCenter = getCenter;
  });
}

/** Names of labels that lie on one of these boxes. @param {Page} page @param {[number, number, number][]} marks place and half the width */
const crossed = (page, marks) => page.evaluate((boxes) => {
  const map = /** @type {any} */ (window).basemap;
  const layers = ['town-labels', 'village-labels'];
  return boxes.flatMap(([lng, lat, half]) => {
    const { x, y } = map.project([lng, lat]);
    const box = [[x - half, y - half], [x + half, y + half]];
    return map.queryRenderedFeatures(box, { layers }).map((/** @type {any} */ feature) => feature.properties.name);
  });
}, marks);

story('no name of a town lies on an incident, and names stay where there is room for them', async (house, server) => {
  const key = await server.addKey('*');
  const page = await house.atMap('?map=113.86,22.92,10.2', { script: noteDrawing, viewport: { width: 1920, height: 1200 } });
  await noteMap(page);
  const names = () => page.evaluate(() => {
    const map = /** @type {any} */ (window).basemap;
    return map.queryRenderedFeatures({ layers: ['town-labels'] }).map((/** @type {any} */ feature) => [feature.properties.name, ...feature.geometry.coordinates]);
  });
  const alone = await eventually('there are names', async () => {
    const found = /** @type {[string, number, number][]} */ (await names());
    return found.length > 10 ? found : undefined;
  }, 30_000);
  /** @type {[number, number, number][]} */
  const marks = alone.map(([, lng, lat]) => [lng, lat, 9]);
  assert(new Set(await crossed(page, marks)).size > alone.length / 2, 'names stand where nothing happens');
  // One matter on the very middle of each name.
  await server.post(key, alone.map(([, lng, lat], index) => report({
    category: 'E0406', severity: 1, text: `第 ${index} 处起火`, position: [Number(lng.toFixed(6)), Number(lat.toFixed(6))],
  })));
  await eventually('names have moved aside', async () => (await crossed(page, marks)).length === 0, 30_000);
  const left = await names();
  assert(left.length >= alone.length / 2, `${left.length} of ${alone.length} names are still to be read`);
  assert(await page.evaluate(() => /** @type {any} */ (window).basemap.queryRenderedFeatures({ layers: ['obstacles'] }).length) >= alone.length);
}, people);

/** Where the name of Humen is to be read now, in pixels of the map: the middle of what answers for it, and how far that is from its place.
 * @param {Page} page @param {[number, number]} place */
const middleOfHumen = (page, place) => page.evaluate(([lng, lat]) => {
  const map = /** @type {any} */ (window).basemap;
  const { x, y } = map.project([lng, lat]);
  /** @type {[number, number][]} */ const hits = [];
  for (let right = -80; right <= 80; right += 2) {
    for (let down = -50; down <= 50; down += 2) {
      const found = map.queryRenderedFeatures([x + right, y + down], { layers: ['town-labels'] });
      if (found.some((/** @type {any} */ one) => one.properties.name === '虎门镇')) hits.push([x + right, y + down]);
    }
  }
  const middle = (/** @type {0 | 1} */ axis) => (Math.min(...hits.map((hit) => hit[axis])) + Math.max(...hits.map((hit) => hit[axis]))) / 2;
  return hits.length ? { x: middle(0), y: middle(1), aside: Math.hypot(middle(0) - x, middle(1) - y) } : undefined;
}, place);

const humen = /** @type {[number, number]} */ ([113.673, 22.815]);

for (const where of ['in its place', 'beside a matter']) {
  story(`a name ${where} is read through the units that stand on it, and no unit is gone for that`, async (house, server) => {
    const key = await server.addKey('*');
    const page = await house.atMap(`?map=${humen},12.6`, { script: noteDrawing });
    await noteMap(page);
    const place = await eventually('the name of the town is there', () => page.evaluate(() => {
      const map = /** @type {any} */ (window).basemap;
      return map.queryRenderedFeatures({ layers: ['town-labels'] }).find((/** @type {any} */ one) => one.properties.name === '虎门镇')?.geometry.coordinates;
    }), 30_000);
    const aside = where === 'beside a matter';
    if (aside) await server.post(key, [report({ position: place.map((/** @type {number} */ part) => Number(part.toFixed(6))) })]);
    const name = await eventually(where, async () => {
      const found = await middleOfHumen(page, place);
      return found && (found.aside > 12) === aside ? found : undefined;
    }, 30_000);
    // Rows of cars over the name, and as many where there is none.
    const at = await page.evaluate(({ x, y }) => /** @type {any} */ (window).basemap.unproject([x, y]).toArray(), name);
    const metres = 40_075_016 * Math.cos((at[1] * Math.PI) / 180) / (512 * 2 ** 12.6);
    const block = (/** @type {string} */ letter, /** @type {number} */ down) => Array.from({ length: 45 }, (_, index) =>
      ({ ...sighting(`粤${letter}${index}`, away(at, ((index % 9) - 4) * 9 * metres, -((Math.floor(index / 9) - 2) * 9 + down) * metres), 0), attributes: { heading_deg: 0 } }));
    await page.evaluate(({ x, y }) => {
      const [wide, high] = [36, 16];
      const box = (/** @type {number} */ down) => [Math.round(x - wide / 2), Math.round(y + down - high / 2), wide, high];
      /** @type {any} */ (window).watched = [box(0), box(-100)];
    }, name);
    await server.post(key, [...block('A', 0), ...block('B', -100)]);
    const [over, beside] = await eventually('both are drawn', async () => {
      const { marks, covered = [] } = await drawing(page);
      return marks >= 90 && (covered[1] ?? 0) > 0.2 ? /** @type {[number, number]} */ (covered) : undefined;
    }, 30_000);
    assert(over < 0.3 * beside, `${over} of the name is covered, and ${beside} beside it`);
    assert(over > 0.05 * beside, 'who stands there is still seen');
  }, people);
}
