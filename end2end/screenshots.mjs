// Pictures of the pages as people see them, into end2end/screenshots: a quiet morning and an afternoon of storm, at the
// sizes of desk, phone and wall. README and the operator's page show them. `QUIET=1` or `STORM=1` makes one half.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inHouse, live, logIn, shown } from './people.mjs';
import { eventually, gulou } from './harness.mjs';
import { morning } from './scene.mjs';

const folder = resolve(import.meta.dirname, 'screenshots');
const sizes = /** @type {Record<string, [number, number]>} */ ({ desk: [1440, 900], phone: [390, 844], wall: [3840, 2160] });
const themes = ['overview', 'ecology', 'economy', 'emergency', 'fire', 'resources', 'services', 'health'];
const usual = { language: 'zh', theme: 'night' };
const looks = [usual, { language: 'zh', theme: 'day' }, { language: 'en', theme: 'night' }];

/** @typedef {import('./people.mjs').Page} Page */
/** @typedef {import('./people.mjs').House} House */
/** @typedef {import('./harness.mjs').Server} Server */
/** @typedef {{prefix: string, house: House, server: Server, leader: import('./harness.mjs').Person, gravest: string}} Scene */

/** Opens a browser of a size, signed in, and gives what takes its pictures.
 * @param {Scene} scene @param {string} size @param {{language: string, theme: string}} look */
async function screen({ prefix, house, server, leader }, size, look) {
  const [width, height] = sizes[size] ?? [0, 0];
  const page = await house.open(`${size} ${look.language} ${look.theme}`, { ...look, viewport: { width, height } });
  // A wall of eight million pixels drawn in software takes its time.
  page.setDefaultTimeout(120_000);
  /** Of a large screen a PNG weighs a megabyte. @param {string} name @param {Page} [of] */
  const take = async (name, of = page) => {
    const file = `${prefix}${name}-${width}x${height}-${look.language}-${look.theme}.${size === 'wall' ? 'jpg' : 'png'}`;
    await of.screenshot({ path: join(folder, file), ...(size === 'wall' ? { type: 'jpeg', quality: 82 } : {}) });
    console.log(file);
  };
  if (!prefix) {
    await page.goto(`${server.base}/login`);
    await page.locator('input[name=name]').waitFor();
    await take('login');
  }
  await logIn(page, server, leader);
  return { page, take };
}

/** @param {Page} page */
async function mapDrawn(page) {
  await live(page);
  await eventually('the map is drawn', () => page.evaluate(() => /** @type {any} */ (window).__gulou.camera() !== null), 180_000);
  // The map shows its frame after the first picture.
  await page.waitForTimeout(3_000);
}

/** @param {Scene} scene @param {Page} page */
async function openDesk({ server, gravest }, page) {
  await page.goto(`${server.base}/desk?incident=${gravest}`);
  await live(page);
  await shown(page, gravest);
  await mapDrawn(page);
}

/** What every size shows. @param {Scene} scene @param {string} size @param {{language: string, theme: string}} look */
async function pages(scene, size, look) {
  const { page, take } = await screen(scene, size, look);
  const { server } = scene;
  await openDesk(scene, page);
  await take('desk');
  if (size !== 'phone') {
    await page.goto(`${server.base}/wall`);
    await mapDrawn(page);
    await take('wall');
  }
  // On a wall a theme is beside the map; elsewhere it is a page of its own. Other looks show one of them.
  for (const theme of look === usual ? themes : ['ecology']) {
    await page.goto(server.base + (size === 'wall' ? `/wall/${theme}` : `/themes/${theme}`));
    await page.getByTestId('figure').first().waitFor();
    if (size === 'wall') await mapDrawn(page);
    else await page.waitForLoadState('networkidle');
    await take(`theme-${theme}`);
  }
  await page.context().close();
}

/** The small things of a desk that the operator's page explains. @param {Scene} scene @param {{language: string, theme: string}} look */
async function details(scene, look) {
  const { page, take } = await screen(scene, 'desk', look);
  const { server, leader } = scene;
  await openDesk(scene, page);
  await page.keyboard.press('?');
  await take('keys');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.keyboard.type(look.language === 'zh' ? '虎门' : 'humen');
  await page.waitForTimeout(1_500);
  await take('palette');
  await page.keyboard.press('Escape');
  await page.keyboard.press('n');
  await page.locator('#intake-text').fill('虎门镇沿江路积水很深，车辆过不去');
  await page.getByTestId('place').first().waitFor();
  await page.locator('#intake-text').press('Tab');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForTimeout(2_000);
  await take('intake');
  const session = await server.logIn(leader);
  const { incidents } = await session.get('/api/v1/incidents?limit=200');
  for (const { id } of incidents) {
    if (!(await session.get(`/api/v1/incidents/${id}`)).suggestions.length) continue;
    await page.goto(`${server.base}/desk?incident=${id}`);
    await live(page);
    await shown(page, id);
    await page.getByTestId('suggestion').first().scrollIntoViewIfNeeded();
    await page.waitForTimeout(2_000);
    await take('suggestion');
    break;
  }
  await page.context().close();
}

/** The street of the gravest incident. @param {Scene} scene @param {string} size @param {{language: string, theme: string}} look */
async function street(scene, size, look) {
  const { page, take } = await screen(scene, size, look);
  const { server, leader, gravest } = scene;
  const { position } = await (await server.logIn(leader)).get(`/api/v1/incidents/${gravest}`);
  await page.goto(`${server.base}/desk?incident=${gravest}&map=${position[0]},${position[1]},15.5`);
  await live(page);
  await shown(page, gravest);
  await mapDrawn(page);
  await take('street');
  await page.context().close();
}

/** The desk as it was a while ago. @param {Scene} scene @param {string} size @param {{language: string, theme: string}} look */
async function rewound(scene, size, look) {
  const { page, take } = await screen(scene, size, look);
  const { server, leader, gravest } = scene;
  const session = await server.logIn(leader);
  const { until } = await session.get('/api/v1/past');
  // The day was told in seconds: before it was opened there is nothing to be seen of it.
  const { opened_at: opened } = await session.get(`/api/v1/incidents/${gravest}`);
  const at = new Date((Date.parse(opened) + Date.parse(until)) / 2).toISOString();
  await page.goto(`${server.base}/desk?incident=${gravest}&at=${at}`);
  await page.getByTestId('past-moment').waitFor();
  await shown(page, gravest);
  if (size === 'phone') await page.getByTestId('sheet-map').click();
  for (const _ of [1, 2]) await page.locator('.density-said button').first().click();
  await page.waitForTimeout(8_000);
  await take('rewind');
  await page.context().close();
}

/** @param {string} prefix @param {(server: Server, key: string) => Promise<unknown>} fill @param {(scene: Scene) => Promise<unknown>} show */
async function pictures(prefix, fill, show) {
  await inHouse(`${prefix}screenshots`, [], async (house, server) => {
    const leader = await server.addPerson('leader', 'shift_leader');
    await server.start();
    await fill(server, await server.addKey('*'));
    const { incidents } = await (await server.logIn(leader)).get('/api/v1/incidents?severity=1&limit=200');
    const open = incidents.filter((/** @type {any} */ one) => one.state !== 'closed');
    await show({ prefix, house, server, leader, gravest: open[0].id });
  });
}

/** The day until the rain has fallen for an hour and a half, as fast as the server takes it; it ends now.
 * @param {Server} server @param {string} key */
async function rain(server, key) {
  const day = await mkdtemp(join(tmpdir(), 'gulou-storm-'));
  const file = join(day, 'day.ndjson');
  await gulou(['simulate', '--seed', '7', '--from', '05:00', '--to', '15:30', '--units', '250', '--sensors', '500', '--out', file, '--truth', join(day, 'truth')]);
  await gulou(['replay', file, '--to', server.base, '--key', key, '--shift-to-now']);
  await rm(day, { recursive: true, force: true });
}

await mkdir(folder, { recursive: true });
const all = !process.env.QUIET && !process.env.STORM;
if (all || process.env.QUIET) {
  await pictures('', (server, key) => server.post(key, morning()), async (scene) => {
    for (const size of Object.keys(sizes)) for (const look of looks) await pages(scene, size, look);
  });
}
if (all || process.env.STORM) {
  await pictures('storm-', rain, async (scene) => {
    for (const look of [usual, { language: 'en', theme: 'night' }]) await details(scene, look);
    for (const size of Object.keys(sizes)) {
      await pages(scene, size, usual);
      if (size !== 'phone') await street(scene, size, usual);
      await rewound(scene, size, usual);
    }
  });
}
