// The ground the map stands on: the basemap's style without any browser; tiles and imagery by configuration in one.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { labelPoints, styleOf } from '../frontend/modules/ground.js';
import { vectorLayers } from '../frontend/modules/roads.js';
import { isDark, paperUnder, rasterPaint } from '../frontend/modules/tiles.js';
import { specificationOf } from '../frontend/modules/tilesets.js';
import { axeFindings, inHouse, live, story, tells } from './people.mjs';
import { Server, eventually, gulou } from './harness.mjs';
import { report, square } from './scene.mjs';
import { picture, pmtiles, tileServer, tilesIn } from './tiles.mjs';

/** A town that nobody lives in, written by tiles.mjs. */
const town = resolve(import.meta.dirname, 'tiles/town.pmtiles');

/** @type {import('geojson').FeatureCollection} */
const towns = {
  type: 'FeatureCollection',
  features: [
    { type: 'Feature', properties: { name: '虎门镇', name_en: 'Humen', label: [113.67, 22.81] }, geometry: { type: 'Polygon', coordinates: [] } },
    { type: 'Feature', properties: { name: '无名' }, geometry: { type: 'Polygon', coordinates: [] } },
  ],
};

test('names stand where the outline says', () => {
  const { features } = labelPoints(towns);
  assert.deepEqual(features.map(({ geometry }) => geometry), [{ type: 'Point', coordinates: [113.67, 22.81] }]);
});

test('the style asks nobody but us', () => {
  const grey = '#333333';
  const ground = { land: grey, water: grey, boundary: grey, panel: grey, secondary: grey, faint: grey, name: /** @type {const} */ ('name_en'), scale: 1 };
  const none = { type: /** @type {const} */ ('FeatureCollection'), features: [] };
  const style = styleOf(ground, towns, none, none);
  assert.equal(style.glyphs, undefined);
  assert.equal(style.sprite, undefined);
  const text = JSON.stringify(style);
  assert(!text.includes('http'));
  assert(text.includes('name_en'));
});

test('towns are named from 9 on, villages from 13, where the pack has them', () => {
  const grey = '#333333';
  const ground = { land: grey, water: grey, boundary: grey, panel: grey, secondary: grey, faint: grey, name: /** @type {const} */ ('name'), scale: 1 };
  const none = { type: /** @type {const} */ ('FeatureCollection'), features: [] };
  const { layers, sources } = styleOf(ground, none, none, towns);
  const from = Object.fromEntries(layers.map((layer) => [layer.id, layer.minzoom]));
  assert.deepEqual([from['town-labels'], from['village-labels']], [9, 13]);
  const labels = /** @type {any} */ (sources['village-labels']);
  assert.equal(labels.data.features.length, 1);
});

test('of tiles of lines what is known is drawn as it is, names last, and the rest as lines', () => {
  const grey = '#333333';
  const colours = { land: grey, water: '#0000ff', line: grey, boundary: grey, panel: grey, secondary: grey, faint: grey, name: 'name:zh' };
  const layers = vectorLayers({ layers: ['pipes', 'roads', 'buildings', 'water', 'transportation_name', 'pois', 'earth'] }, 'g', colours, 1);
  assert.deepEqual(layers.map(({ id, type }) => `${id} ${type}`), [
    'g-earth-area fill', 'g-water-area fill', 'g-water-line line', 'g-pipes-line line', 'g-buildings-area fill', 'g-roads-line line',
    'g-roads-names symbol', 'g-transportation_name-names symbol',
  ]);
});

test('rows counted from the south, and files of this server, are told to the map in its own words', () => {
  /** @type {import('../frontend/modules/tilesets.js').Tiles} */
  const tiles = { addresses: ['https://a.example/{z}/{x}/{-y}'], kind: 'raster', min_zoom: 0, max_zoom: 18, layers: [] };
  assert.deepEqual(specificationOf(tiles), {
    type: 'raster', tileSize: 256, tiles: ['https://a.example/{z}/{x}/{y}'], scheme: 'tms', minzoom: 0, maxzoom: 18,
  });
  const file = specificationOf({ ...tiles, addresses: [], tileset: '/api/v1/tilesets/a.pmtiles', kind: 'vector' });
  assert.deepEqual(file.tiles, ['tileset:///api/v1/tilesets/a.pmtiles/{z}/{x}/{y}']);
});

test('tiles without land of their own lie on paper as large as they are', () => {
  const bounds = /** @type {[number, number, number, number]} */ ([113, 22, 114, 23]);
  /** @type {import('../frontend/modules/tilesets.js').Tiles} */
  const tiles = { addresses: [], tileset: '/x', kind: 'vector', min_zoom: 0, max_zoom: 14, layers: ['water', 'transportation'], bounds };
  assert.equal(/** @type {any} */ (paperUnder(tiles)?.data).geometry.coordinates[0].length, 5);
  assert.equal(paperUnder({ ...tiles, layers: ['earth', 'water'] }), undefined);
  assert.equal(paperUnder({ ...tiles, kind: 'raster' }), undefined);
});

test('a night dims the pictures of a basemap more than a day', () => {
  assert(isDark('#151b1f') && !isDark('#eef1f2'));
  assert(Number(rasterPaint(true)?.['raster-brightness-max'] ?? 1) < 0.5);
  assert.equal(rasterPaint(false)?.['raster-brightness-max'], undefined);
});

/** @typedef {import('./people.mjs').Page} Page */

const people = (/** @type {Server} */ server) => server.addPerson('operator', 'operator');

/** The colour at a share of the map's width and height. @param {Page} page @param {number} across @param {number} down */
async function colourAt(page, across, down) {
  const box = await page.locator('#map').boundingBox();
  assert(box);
  const clip = { x: Math.round(box.x + box.width * across), y: Math.round(box.y + box.height * down), width: 1, height: 1 };
  const png = await page.screenshot({ clip });
  const parts = [];
  for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) {
    if (png.toString('ascii', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  // Of one pixel every filter of PNG leaves what it is.
  const pixel = inflateSync(Buffer.concat(parts));
  return /** @type {[number, number, number]} */ ([...pixel.subarray(1, 4)]);
}

/** Waits for it: pictures come when they come. @param {Page} page @param {number} across @param {number} down @param {string} what
 * @param {(red: number, green: number, blue: number) => boolean} is */
async function colourIs(page, across, down, what, is) {
  /** @type {number[]} */ let last = [];
  await eventually(`${what} at ${across}, ${down}`, async () => {
    last = await colourAt(page, across, down);
    return is(...(/** @type {[number, number, number]} */ (last)));
  }, 30_000).catch((error) => { throw new Error(`${error.message}; last ${last}`); });
}

const isRed = (/** @type {number} */ red, /** @type {number} */ green, /** @type {number} */ blue) => red > green + 60 && red > blue + 60;
const isGreen = (/** @type {number} */ red, /** @type {number} */ green, /** @type {number} */ blue) => green > red + 60 && green > blue + 60;
const isBlue = (/** @type {number} */ red, /** @type {number} */ green, /** @type {number} */ blue) => blue > red + 60 && blue > green + 60;

const folder = mkdtempSync(join(tmpdir(), 'gulou-ground-'));
after(() => rmSync(folder, { recursive: true, force: true }));
/** @param {string} name @param {string | Uint8Array} content */
function written(name, content) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test('a bad option is refused at the start with what to do, and no key is repeated', async () => {
  const data = join(folder, 'never-begun');
  for (const [options, says] of /** @type {[string[], string][]} */ ([
    [['--basemap-url', 'https://tiles.example.org/{x}/{y}.png?tk=SECRET'], 'basemap-url: has no {z}'],
    [['--basemap-url', 'ftp://tiles.example.org/{z}/{x}/{y}.png?tk=SECRET', '--basemap-attribution', 'A'], 'basemap-url: does not begin with https://'],
    [['--basemap-url', 'https://tiles.example.org/{z}/{x}/{y}.png?tk=SECRET'], 'basemap-attribution: say whose map it is'],
    [['--basemap-pmtiles', written('no.pmtiles', 'PK\u0003\u0004 something else')], 'is no PMTiles file; make one with'],
    [['--imagery', written('bad.toml', '[[layer]]\nid = "sat"\ncolour = 1\n')], 'bad.toml:3'],
  ])) {
    const refused = await gulou(['serve', '--data', data, '--listen', '127.0.0.1:0', ...options]).then(() => 'it started', (error) => String(error.message));
    const said = refused.slice(refused.indexOf('ended with'));
    assert(said.includes(says), refused);
    assert(!said.includes('SECRET'), refused);
  }
  assert(!existsSync(data), 'nothing was begun');
});

const tilesAt = (/** @type {string} */ base) => ['--basemap-url', `${base}/ground/{z}/{x}/{y}.png?tk=KEY`, '--basemap-attribution', '试验地图局'];

test('the policy names exactly the configured hosts, and without any it names none', { timeout: 120_000 }, async () => {
  const policyOf = async (/** @type {string[]} */ options) => {
    const server = await Server.prepare(options);
    try {
      const person = await server.addPerson('operator', 'operator');
      await server.start();
      const { cookie } = await server.logIn(person);
      const answers = await Promise.all(['/desk', '/login', '/no-such-page'].map((path) => fetch(server.base + path, { headers: { cookie: path === '/login' ? '' : cookie } })));
      assert(!server.log().includes('KEY'), 'no key in the log');
      return answers.map(({ headers }) => (headers.get('content-security-policy') ?? '').replace(/'nonce-[^']*'/, "'nonce'"));
    } finally {
      await server.clear();
    }
  };
  const plain = await policyOf([]);
  assert(plain.every((policy) => policy.includes("connect-src 'self';") && !policy.includes('://')), plain.join('\n'));
  const [desk, login, missing] = await policyOf(['--basemap-url', 'https://t{s}.tiles.example.org/{z}/{x}/{y}?tk=KEY', '--basemap-subdomains', '0-1', '--basemap-attribution', 'A']);
  const hosts = ' https://t0.tiles.example.org https://t1.tiles.example.org';
  assert.equal(desk, plain[0]?.replace("blob:; connect-src 'self'", `blob:${hosts}; connect-src 'self'${hosts}`));
  assert.deepEqual([login, missing], plain.slice(1), 'pages without a map ask nobody');
});

story('a file of tiles is given by ranges to those who may read, and to nobody else', async (house, server) => {
  const file = readFileSync(town);
  const path = `${server.base}/api/v1/tilesets/basemap.pmtiles`;
  const key = await server.addKey('*', true);
  const ask = (/** @type {Record<string, string>} */ headers, method = 'GET') => fetch(path, { method, headers: { authorization: `Bearer ${key}`, ...headers } });
  assert.equal((await fetch(path)).status, 401);
  const part = await ask({ range: 'bytes=0-6' });
  assert.deepEqual([part.status, part.headers.get('content-range'), await part.text()], [206, `bytes 0-6/${file.length}`, 'PMTiles']);
  const tail = await ask({ range: 'bytes=-100' });
  assert.deepEqual(Buffer.from(await tail.arrayBuffer()), file.subarray(-100));
  const whole = await ask({});
  assert.deepEqual([whole.status, whole.headers.get('accept-ranges')], [200, 'bytes']);
  assert.deepEqual(Buffer.from(await whole.arrayBuffer()), file);
  assert.equal((await ask({ range: `bytes=${file.length}-` })).status, 416);
  assert.equal((await ask({ 'if-none-match': whole.headers.get('etag') ?? '' })).status, 304);
  const head = await ask({}, 'HEAD');
  assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(file.length)]);
  assert.equal((await fetch(`${server.base}/api/v1/tilesets/other.pmtiles`, { headers: { authorization: `Bearer ${key}` } })).status, 404);
  const { basemap } = await (await fetch(`${server.base}/api/v1/basemap`, { headers: { authorization: `Bearer ${key}` } })).json();
  assert.deepEqual([basemap.tiles.kind, basemap.tiles.tileset, basemap.attribution], ['vector', '/api/v1/tilesets/basemap.pmtiles', '试验数据 test data']);
}, { options: ['--basemap-pmtiles', town], people });

story('a file of lines becomes roads, water and houses, and the page asks nobody else', async (house, server) => {
  const page = await house.atMap(`?map=${square},14`);
  assert((await page.locator('.attribution').textContent())?.includes('试验数据'));
  const drawn = () => page.evaluate(() => performance.getEntriesByName(`${location.origin}/api/v1/tilesets/basemap.pmtiles`).length);
  await eventually('tiles were fetched', async () => (await drawn()) > 1, 30_000);
  // The great road runs through the middle; a little beside it is land.
  const ground = await colourAt(page, 0.5, 0.2);
  await colourIs(page, 0.3, 0.5, 'the road', (...colour) => colour.join() !== ground.join());
  await page.locator('html[data-ground=reached]').waitFor();
  assert(!(await page.locator('.ground-said').isVisible()), 'it can be reached');
}, { options: ['--basemap-pmtiles', town], people });

test('a basemap from elsewhere lies under the boundaries; one that dies is told, and one that rises is shown', { timeout: 240_000 }, async () => {
  const tiles = await tileServer((path) => (path.startsWith('/ground/') ? [255, 40, 40] : undefined));
  try {
    await inHouse('a basemap that dies', tilesAt(tiles.base), async (house, server) => {
      await people(server);
      await server.start();
      house.allowed.add(tiles.base);
      const page = await house.atMap(`?map=${square},14`, { theme: 'day' });
      await colourIs(page, 0.5, 0.2, 'the basemap', (red, green, blue) => red > green + 20 && red > blue + 20);
      assert((await page.locator('.attribution').textContent())?.includes('试验地图局'));
      assert(tiles.asked.some((path) => /^\/ground\/\d+\/\d+\/\d+\.png\?tk=KEY$/.test(path)));
      assert.deepEqual([...tiles.referrers], [`${server.base}/`], 'told whose page it is, and no more');
      const said = page.locator('.ground-said');
      assert(!(await said.isVisible()));

      house.expectsOutage = true;
      await tiles.die();
      const camera = await tells(page).camera();
      await page.reload();
      await live(page);
      await said.waitFor({ state: 'visible', timeout: 60_000 });
      assert.equal(await said.textContent(), '底图暂时取不到，只有城市包的图');
      await colourIs(page, 0.5, 0.2, 'the pack', (red, green, blue) => Math.abs(red - green) < 20 && Math.abs(red - blue) < 40);
      const now = await tells(page).camera();
      assert(Math.abs(now.lng - camera.lng) < 1e-6 && now.zoom === camera.zoom, 'nothing moved the view');
      await tiles.rise();
      await said.waitFor({ state: 'hidden', timeout: 60_000 });
      await colourIs(page, 0.5, 0.2, 'the basemap again', (red, green, blue) => red > green + 20 && red > blue + 20);
      assert.deepEqual(house.complaints, []);
    });
  } finally {
    await tiles.die();
  }
});

test('a tile server that never answers is told; one that has nothing here is not', { timeout: 240_000 }, async () => {
  for (const [answers, isTold] of /** @type {['never' | undefined, boolean][]} */ ([['never', true], [undefined, false]])) {
    const tiles = await tileServer(() => answers);
    try {
      await inHouse('a silent tile server', tilesAt(tiles.base), async (house, server) => {
        await people(server);
        await server.start();
        house.allowed.add(tiles.base);
        house.expectsMissing = true;
        const page = await house.atMap(`?map=${square},14`);
        await eventually('tiles are asked for', () => tiles.asked.length > 0, 30_000);
        const said = page.locator('.ground-said');
        if (isTold) await said.waitFor({ state: 'visible', timeout: 60_000 });
        else await page.waitForTimeout(25_000);
        assert.equal(await said.isVisible(), isTold);
        assert.deepEqual(house.complaints, []);
      });
    } finally {
      await tiles.die();
    }
  }
});

test('two dates of imagery lie beside each other, with a divider for hands and keys, under the incidents', { timeout: 240_000 }, async () => {
  const tiles = await tileServer((path) => (path.includes('/2026-03-01/') ? [220, 30, 30] : path.includes('/2026-10-01/') ? [20, 200, 40] : undefined));
  const bounds = /** @type {[number, number, number, number]} */ ([square[0] - 0.1, square[1] - 0.1, square[0] + 0.1, square[1] + 0.1]);
  const blue = picture([30, 40, 220]);
  written('blue.pmtiles', pmtiles(tilesIn(bounds, 10, 13, () => blue), { kind: 2, attribution: '', bounds }));
  const list = written('imagery.toml', `
[[layer]]
id = "sat"
name = "卫星影像"
name-en = "Satellite"
attribution = "试验影像局"
url = "${tiles.base}/{date}/{z}/{x}/{y}.png"
dates = [2026-03-01, 2026-10-01]

[[layer.image]]
date = 2026-06-01
file = "blue.pmtiles"
`);
  try {
    await inHouse('imagery', ['--imagery', list], async (house, server) => {
      await people(server);
      await server.start();
      house.allowed.add(tiles.base);
      const key = await server.addKey('*');
      await server.post(key, [report({ severity: 1, category: 'E0406', text: '商铺冒烟' })]);
      const page = await house.atMap(`?map=${square},14`);
      const before = await tells(page).camera();
      assert.equal(tiles.asked.length, 0, 'nothing is fetched before somebody asks');
      await page.keyboard.press('Backquote');
      await page.keyboard.press('i');
      // Put away while what draws it is still on its way, it stays away.
      let letThrough = () => {};
      const through = new Promise((go) => { letThrough = () => go(undefined); });
      await page.route('**/imagery.js', async (route) => { await through; await route.continue(); });
      const onItsWay = page.waitForRequest('**/imagery.js');
      await page.getByTestId('imagery-on').check();
      await onItsWay;
      await page.getByTestId('imagery-on').uncheck();
      letThrough();
      await page.locator('html[data-imagery]').waitFor({ state: 'attached' });
      await page.waitForTimeout(1_000);
      assert.equal(tiles.asked.length, 0, 'it was put away');
      await page.unroute('**/imagery.js');
      await page.getByTestId('imagery-on').check();
      await colourIs(page, 0.75, 0.3, 'the newest date', isGreen);
      const chip = page.getByTestId('imagery-chip');
      await eventually('whose it is', async () => (await chip.textContent())?.replaceAll('影像取不到', '').includes('卫星影像2026-10-01试验影像局'));
      // By the slider to the date before, which lies in a file of this server.
      await page.getByTestId('imagery-dates-left').focus();
      await page.keyboard.press('ArrowLeft');
      await eventually('the date', async () => (await page.getByTestId('imagery-date-left').textContent()) === '2026-06-01');
      await colourIs(page, 0.75, 0.3, 'the date from the file', isBlue);
      await page.keyboard.press('ArrowLeft');
      await colourIs(page, 0.75, 0.3, 'the first date', isRed);

      await page.getByTestId('imagery-compare').check();
      const divider = page.getByTestId('swipe');
      await divider.waitFor();
      assert.deepEqual(await Promise.all(['role', 'aria-valuenow', 'aria-label'].map((name) => divider.getAttribute(name))), ['slider', '50', '分界线 2026-03-01 | 2026-06-01']);
      await page.getByTestId('imagery-dates-right').focus();
      await page.keyboard.press('End');
      await colourIs(page, 0.45, 0.85, 'the left date', isRed);
      await colourIs(page, 0.75, 0.3, 'the right date', isGreen);

      // By keys: what lay left of it lies right of it now.
      await divider.focus();
      for (let press = 0; press < 3; press += 1) await page.keyboard.press('Shift+ArrowLeft');
      assert.equal(await divider.getAttribute('aria-valuenow'), '20');
      await colourIs(page, 0.45, 0.85, 'the right date, further left', isGreen);
      await page.keyboard.press('End');
      await colourIs(page, 0.75, 0.3, 'only the left date', isRed);
      // By hand.
      const box = await page.locator('#map').boundingBox();
      assert(box);
      await page.mouse.move(box.x + box.width - 16, box.y + box.height * 0.7);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.7, { steps: 5 });
      await page.mouse.up();
      assert.equal(await divider.getAttribute('aria-valuenow'), '60');
      await colourIs(page, 0.75, 0.3, 'the right date', isGreen);
      const after_ = await tells(page).camera();
      assert.deepEqual(after_, before, 'nothing of this moved the view');

      // One layer of marks, above both; the incident in the middle can be picked on either side.
      const canvases = await page.locator('#map canvas').evaluateAll((all) => all.map((canvas) => canvas.className));
      assert.deepEqual(canvases.filter((name) => name === 'live-canvas').length, 1);
      assert.equal(canvases.at(-1), 'live-canvas');
      await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
      await page.locator('[data-testid=detail] [data-state]').waitFor();
      // The other map looks where the first looks.
      await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.8);
      await page.mouse.wheel(0, -400);
      await eventually('the map is nearer', async () => (await tells(page).camera()).zoom > before.zoom + 0.2);
      await colourIs(page, 0.75, 0.3, 'the right date, nearer', isGreen);

      // The view as a link, opened anew.
      await page.keyboard.press('Backquote');
      await page.keyboard.press('p');
      const link = await eventually('the link', async () => /imagery=[^&]+/.exec(decodeURIComponent(page.url()))?.[0]);
      assert.equal(link, 'imagery=sat:2026-03-01:100:2026-10-01:60');
      await page.keyboard.press('Escape');
      await divider.waitFor({ state: 'detached' });
      await colourIs(page, 0.75, 0.3, 'the left date alone', isRed);
      assert(await chip.isVisible(), 'Escape ends the comparison, not the imagery');
      await page.reload();
      await live(page);
      await divider.waitFor();
      await colourIs(page, 0.75, 0.3, 'the right date from the link', isGreen);
      assert.equal(await divider.getAttribute('aria-valuenow'), '60');
      assert.deepEqual(await axeFindings(page), []);

      // What is not there is not claimed: neither a date nobody has, nor anything at all where the list or the drawing failed.
      await house.atMap(`?map=${square},14&imagery=sat:2026-03-01:100:2026-09-09:50`);
      const unreached = page.getByTestId('imagery-unreached');
      const chipSays = async () => (await chip.locator('.imagery-said > span:visible').allInnerTexts()).join(' · ');
      await eventually('one date, and which is missing', async () => (await chipSays()) === '卫星影像 · 2026-03-01 · 没有配置：sat 2026-09-09 · 试验影像局');
      await colourIs(page, 0.75, 0.3, 'the left date alone', isRed);
      assert.equal(await divider.count(), 0);
      house.expectsOutage = true;
      await page.route('**/api/v1/imagery', (route) => route.abort('connectionrefused'));
      await house.atMap(`?map=${square},14&imagery=sat:2026-03-01:100:2026-10-01:50`);
      await eventually('the list failed', async () => (await chipSays()) === '查不到影像清单');
      assert.equal(await divider.count(), 0);
      await page.unroute('**/api/v1/imagery');
      await page.route('**/imagery.js', (route) => route.abort('connectionrefused'));
      await house.atMap(`?map=${square},14&imagery=sat:2026-03-01:100`);
      await unreached.waitFor({ state: 'visible' });
      await page.unroute('**/imagery.js');
      house.expectsOutage = false;
      await house.atMap(`?map=${square},14&imagery=sat:2026-03-01:100:2026-10-01:60`);
      await colourIs(page, 0.75, 0.3, 'the right date again', isGreen);

      // Whoever gives the pictures goes away.
      house.expectsOutage = true;
      await tiles.die();
      await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.8);
      await page.mouse.wheel(0, 900);
      await unreached.waitFor({ state: 'visible', timeout: 60_000 });
      await page.keyboard.press('Backquote');
      await page.keyboard.press('i');
      await page.getByTestId('imagery-opacity').focus();
      await page.keyboard.press('ArrowLeft');
      await eventually('it is fainter', async () => (await page.getByTestId('imagery-opacity').inputValue()) === '90');
      await page.waitForTimeout(500);
      assert(await unreached.isVisible(), 'fainter, it is reached no better');
      await page.getByTestId('imagery-off').click();
      await chip.waitFor({ state: 'hidden' });
      await divider.waitFor({ state: 'detached' });
      await eventually('the other map is gone', async () => (await page.locator('.imagery-other').count()) === 0);
      assert.deepEqual(house.complaints, []);
    });
  } finally {
    await tiles.die();
  }
});

story('without imagery its card says what to configure', async (house, server) => {
  const page = await house.atMap(`?map=${square},14`);
  await page.keyboard.press('Backquote');
  await page.keyboard.press('i');
  await eventually('it says so', async () => (await page.getByTestId('imagery-none').textContent())?.includes('--imagery'));
  await page.goto(`${server.base}/desk?imagery=sat:2026-10-01:100`);
  await live(page);
  await eventually('a link to what is not there says so', async () => (await page.getByTestId('imagery-chip').textContent())?.includes('没有配置：sat'));
}, { people });
