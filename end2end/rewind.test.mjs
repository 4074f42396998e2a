// The past on the desk: a recorded minute shows what was live then, the live line goes on behind it, and the way back is short.

import assert from 'node:assert/strict';
import { choose, digestsAgree, live, logIn, shown, story, tab, tells } from './people.mjs';
import { drawing, noteDrawing } from './drawing.mjs';
import { eventually } from './harness.mjs';
import { away, report, sighting, square } from './scene.mjs';

/** @typedef {import('./people.mjs').Page} Page */
/** @typedef {import('./harness.mjs').Server} Server */

/** @param {Server} server */
async function aShift(server) {
  await server.addPerson('leader', 'shift_leader');
  await server.addPerson('operator', 'operator');
}

/** Incidents far enough apart to stay apart. @param {number} count @param {Record<string, unknown>} [details] */
function reports(count, details = {}) {
  return Array.from({ length: count }, (_, index) => report({ position: away(square, 0, 1500 * (index + 1)), ...details }));
}

/** The rows of the queue: which incident, and all of what it says but for the passing of time.
 * @param {Page} page @returns {Promise<string[]>} */
async function queue(page) {
  return page.locator('[data-testid=incident-row]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-id') ?? ''));
}

/** What the page shows of the past: none, or the moment in milliseconds. @param {Page} page @returns {Promise<number | null>} */
const pastOf = (page) => page.evaluate(() => /** @type {any} */ (window).__gulou.past());
/** Of the live picture, wherever it is. @param {Page} page @returns {Promise<{position: number, sha256: string}>} */
const liveOf = (page) => page.evaluate(() => /** @type {any} */ (window).__gulou.live());

/** Opens a moment and waits until it is shown. @param {Page} page @param {Server} server @param {string} at
 * @param {string} [and] what else the link says */
async function rewind(page, server, at, and = '') {
  await page.goto(`${server.base}/desk?at=${at}${and}`);
  await page.getByTestId('past-moment').waitFor();
  await eventually('the past is shown', async () => (await pastOf(page)) === Date.parse(at));
}

/** @param {any} picture what a list or a past picture holds of incidents */
const standing = (picture) => picture.incidents
  .map((/** @type {any} */ one) => `${one.id} ${one.revision} ${one.state} ${one.severity} ${one.position}`).sort();

/** An operator's desk with one incident on it. @param {import('./people.mjs').House} house @param {import('./harness.mjs').Server} server */
async function oneIsLive(house, server) {
  const key = await server.addKey('*');
  await server.post(key, reports(1));
  const page = await house.atDesk(server.person('operator'));
  await tab(page, 'all');
  await eventually('one incident is live', async () => (await queue(page)).length === 1);
  return { key, page };
}

story('a past minute shows what was live then; what happens meanwhile moves nothing and is not missed', async (house, server) => {
  const key = await server.addKey('*');
  const session = await server.logIn(server.person('leader'));
  await server.post(key, [...reports(3), sighting('粤S1001', away(square, 300, 0), 90)]);
  const page = await house.atDesk(server.person('leader'));
  await tab(page, 'all');
  await eventually('three incidents are live', async () => (await queue(page)).length === 3);
  const then = new Date().toISOString();
  const [rows, list, { units }] = [await queue(page), await session.get('/api/v1/incidents'), await session.get('/api/v1/units')];
  await page.waitForTimeout(2_500);

  const first = rows[0] ?? '';
  await session.command(first, 'force_close', { reason: '误报' });
  await server.post(key, [report({ position: away(square, 4000, 0) }), sighting('粤S1001', away(square, 900, 0), 90)]);
  await eventually('the desk has moved on', async () => (await queue(page)).length === 4);

  const picture = await session.get(`/api/v1/past/picture?at=${then}`);
  assert.deepEqual(standing(picture), standing(list), 'the recorded picture is what was live then');
  assert.deepEqual(picture.units[0].position, units[0].position);

  await rewind(page, server, then);
  await tab(page, 'all');
  await eventually('the queue is that of then', async () => (await queue(page)).join() === rows.join());
  assert.match(await page.getByTestId('past-moment').innerText(), /回放 · /);
  assert.equal(await page.getByTestId('link-light').getAttribute('data-light'), 'off', 'nothing says that this is live');
  await choose(page, first);
  assert.equal(await page.locator('[data-testid=detail] [data-state]').getAttribute('data-state'), list.incidents.find((/** @type {any} */ one) => one.id === first).state);
  assert.equal(await page.locator('[data-testid^=command-]').count(), 0, 'nothing can be done to the past');
  await page.keyboard.press('n');
  assert.match(await page.getByTestId('notice').innerText(), /回到实时/);

  await eventually('the map is there', async () => (await tells(page).camera()) !== null, 60_000);
  await page.waitForTimeout(1_500);
  const [camera, digest, behind] = [await tells(page).camera(), await tells(page).digest(), await liveOf(page)];
  await server.post(key, [report({ position: away(square, -4000, 0), severity: 1, category: 'E0406', text: '商铺冒烟' })]);
  await page.getByTestId('past-announced').filter({ hasText: 'Ⅰ' }).waitFor();
  await eventually('the live line goes on', async () => (await liveOf(page)).position > behind.position);
  assert.deepEqual(await tells(page).camera(), camera, 'the map was not moved');
  assert.deepEqual(await tells(page).digest(), digest, 'the picture of then stays');
  assert.deepEqual(await queue(page), rows);
  await shown(page, first);

  await page.getByTestId('past-return').click();
  await live(page);
  assert.equal(await pastOf(page), null);
  await eventually('the present is shown', async () => (await queue(page)).length === 5);
  assert.deepEqual(await tells(page).camera(), camera);
  await digestsAgree(page);
  await eventually('the incident is as it is now', async () => (await page.locator('[data-testid=detail] [data-state=closed]').count()) === 1);
}, { people: aShift });

story('the bar is pressed, stepped by keys and played, and Escape leads back', async (house, server) => {
  const { key, page } = await oneIsLive(house, server);
  const then = new Date().toISOString();
  for (let second = 0; second < 6; second += 1) {
    await server.post(key, [sighting('粤S1001', away(square, 100 * second, 0), 90)]);
    await page.waitForTimeout(1_000);
  }
  await server.post(key, [report({ position: away(square, 4000, 0) })]);
  await eventually('two are live', async () => (await queue(page)).length === 2);
  await page.waitForTimeout(3_000);

  const bar = page.getByTestId('density');
  const spanSaid = page.getByTestId('time-bar').locator('.density-said');
  assert.match(await spanSaid.innerText(), /24 小时/);
  await bar.hover();
  await page.mouse.wheel(0, 100);
  await eventually('the wheel makes the bar longer', async () => /3 天/.test(await spanSaid.innerText()));
  await page.mouse.wheel(0, -100);
  await eventually('and shorter again', async () => /24 小时 2 件/.test(await spanSaid.innerText()), 15_000);
  assert(await bar.locator('path.unknown').getAttribute('d'), 'what is before the horizon is hatched');
  assert.match(await spanSaid.innerText(), /报警未知/, 'nobody claims that there were no alarms before it');
  assert(await bar.locator('path.alarms-unknown').getAttribute('d'), 'nor does the bar look so');
  const box = await bar.boundingBox();
  assert(box);
  await page.mouse.click(box.x + box.width / 2, box.y + 10);
  await page.getByTestId('past-play').waitFor();
  const horizon = await page.evaluate(async () => (await (await fetch('/api/v1/past')).json()).since);
  assert.equal(await pastOf(page), Date.parse(horizon), 'no further back than is known');
  await page.keyboard.press('Escape');
  await live(page);

  await page.keyboard.press(',');
  await page.getByTestId('past-play').waitFor();
  await page.keyboard.press('.');
  await live(page);
  assert.equal(await pastOf(page), null, 'a minute on from there is the present');

  await rewind(page, server, then);
  await eventually('one incident then', async () => (await queue(page)).length === 1);
  await page.getByTestId('past-speed').selectOption('1');
  await page.getByTestId('past-play').click();
  await eventually('time passes', async () => ((await pastOf(page)) ?? 0) > Date.parse(then) + 1_000);
  await page.getByTestId('past-speed').selectOption('10');
  await eventually('the second comes in its time or the present is reached', async () => (await queue(page)).length === 2, 30_000);
  await eventually('the present is reached', async () => (await pastOf(page)) === null, 30_000);
  await live(page);
  await digestsAgree(page);
}, { people: aShift });

story('a jump that fails ends the playing and is told', async (house, server) => {
  const key = await server.addKey('*');
  await server.post(key, reports(1));
  const page = await house.atDesk(server.person('operator'));
  await eventually('one incident is live', async () => (await page.locator('[data-testid=tab-all] .tab-count').textContent()) === '1');
  const then = new Date().toISOString();
  for (let second = 0; second < 8; second += 1) {
    await server.post(key, [sighting('粤S1001', away(square, 100 * second, 0), 90)]);
    await page.waitForTimeout(1_000);
  }
  await rewind(page, server, then);
  await server.post(key, [sighting('粤S1001', square, 90)]);
  await page.getByTestId('past-speed').selectOption('1');
  const play = page.getByTestId('past-play');
  await play.click();
  await eventually('time passes', async () => ((await pastOf(page)) ?? 0) > Date.parse(then));
  assert.equal(await play.innerText(), '❚❚');
  house.expectsOutage = true;
  await page.route('**/api/v1/past/picture?*', (route) => route.abort('connectionrefused'));
  await page.getByTestId('past-back').click();
  const beside = page.getByTestId('past-beside');
  await beside.filter({ hasText: '没有打开' }).waitFor();
  assert.equal(await play.innerText(), '▶');
  const stands = await pastOf(page);
  await page.waitForTimeout(2_000);
  assert.match(await beside.innerText(), /没有打开/, 'it is still told');
  assert.equal(await pastOf(page), stands);
}, { people: aShift });

story('a link to a past list with words shows what they find of then', async (house, server) => {
  const key = await server.addKey('*');
  const session = await server.logIn(server.person('operator'));
  await server.post(key, reports(3));
  const page = await house.atDesk(server.person('operator'));
  await tab(page, 'all');
  await eventually('three incidents are live', async () => (await queue(page)).length === 3);
  const then = new Date().toISOString();
  const { incidents } = await session.get('/api/v1/incidents');
  const [wanted] = incidents;
  await page.waitForTimeout(2_500);
  await server.post(key, [report({ position: away(square, 4000, 0) })]);
  await eventually('a fourth is live', async () => (await queue(page)).length === 4);
  await rewind(page, server, then, `&list=all&words=${wanted.number}`);
  await eventually('one of three is listed', async () => (await queue(page)).join() === wanted.id);
  await page.waitForTimeout(1_000);
  assert.equal((await queue(page)).join(), wanted.id, 'it stays so');
  // What they all have in common finds those of then, not the one of now.
  const common = wanted.number.slice(0, 5);
  assert(incidents.every((/** @type {any} */ one) => one.number.startsWith(common)));
  await rewind(page, server, then, `&list=all&words=${common}`);
  await eventually('three are listed', async () => (await queue(page)).length === 3);
}, { people: aShift });

story('of an incident that had not happened yet nothing is shown but that', async (house, server) => {
  const { key, page } = await oneIsLive(house, server);
  const then = new Date().toISOString();
  const [first] = await queue(page);
  await page.waitForTimeout(2_500);
  await server.post(key, [report({ position: away(square, 4000, 0) })]);
  await eventually('two are live', async () => (await queue(page)).length === 2);
  const later = (await queue(page)).find((id) => id !== first);
  assert(later);
  await rewind(page, server, then, `&incident=${later}`);
  const detail = page.getByTestId('detail');
  await eventually('that is said', async () => (await detail.innerText()).trim() === '那一刻还没有这件事');
  assert.equal(await detail.locator('button').count(), 0, 'asking again would not help');
  await page.getByTestId('past-return').click();
  await live(page);
  await shown(page, later);
}, { people: aShift });

story('a shift leader sees what a seat saw; an operator may not ask', async (house, server) => {
  const key = await server.addKey('*');
  await server.post(key, reports(3));
  const operator = await house.atDesk(server.person('operator'));
  await eventually('the map is there', async () => (await tells(operator).camera()) !== null, 60_000);
  await tab(operator, 'all');
  await eventually('three incidents are live', async () => (await queue(operator)).length === 3);
  const chosen = (await queue(operator))[1] ?? '';
  await choose(operator, chosen);
  await tab(operator, 'new');
  const told = operator.waitForResponse((answer) => answer.url().endsWith('/past/views') && answer.status() === 204);
  await told;
  await operator.waitForTimeout(2_500);
  const then = new Date(Date.now() - 100).toISOString();
  await operator.waitForTimeout(2_500);

  const leader = await house.atDesk(server.person('leader'));
  await eventually('the map is there', async () => (await tells(leader).camera()) !== null, 60_000);
  await rewind(leader, server, then);
  await leader.getByTestId('past-seats').click();
  await leader.getByTestId('past-seat').filter({ hasText: 'operator' }).click();
  await shown(leader, chosen);
  assert.match(await leader.getByTestId('past-beside').innerText(), /operator/);
  assert.equal(await leader.getByTestId('tab-new').getAttribute('aria-selected') ?? await leader.getByTestId('tab-new').getAttribute('aria-pressed'), 'true');
  const refused = await operator.evaluate(async (at) => (await fetch(`/api/v1/past/views?at=${at}`)).status, then).catch(() => 0);
  assert.equal(refused, 403);
  house.complaints = house.complaints.filter((complaint) => !complaint.includes('403'));
}, { people: aShift });

/** Two matters and two cars, of which a collector may see those of one town; `tell` tells what the collector's window shows.
 * @param {Server} server */
async function aCollectorsTown(server) {
  const key = await server.addKey('*');
  const [here, there] = [square, /** @type {[number, number]} */ ([113.673, 22.815])];
  await server.post(key, [
    report({ position: here }), report({ position: there }), sighting('粤S1001', here, 90), sighting('粤S1002', there, 90),
  ]);
  const leader = await server.logIn(server.person('leader'));
  const { incidents } = await leader.get('/api/v1/incidents');
  const [theirs, others] = [...incidents].sort((one, other) => other.position[1] - one.position[1]);
  const town = theirs.town_code;
  await server.addPerson('collector', 'collector', { town });
  const collector = await server.logIn(server.person('collector'));
  /** @param {Record<string, unknown>} more */
  const tell = async (more) => {
    const answer = await fetch(`${server.base}/api/v1/past/views`, {
      method: 'POST', headers: { cookie: collector.cookie, origin: server.base },
      body: JSON.stringify({ page: 'desk', bbox: [113.5, 22.6, 114.3, 23.2], ...more }),
    });
    assert.equal(answer.status, 204);
  };
  return { leader, collector, incidents, theirs, others, town, tell };
}

/** The present, once it is so long past that a page may look back at it. */
async function soonPast() {
  const then = new Date(Date.now() + 5).toISOString();
  await eventually('the moment has passed', () => Date.now() > Date.parse(then) + 2_500);
  return then;
}

story('a seat is looked from once its picture is there, stays unnamed when that fails, and is left for all one may see', async (house, server) => {
  const { theirs, others, tell } = await aCollectorsTown(server);
  await tell({ window: 'left-screen', layers: ['incidents', 'units'], tab: 'new', incident: theirs.id });
  const then = await soonPast();
  const page = await house.atDesk(server.person('leader'));
  await rewind(page, server, then, `&list=all&incident=${others.id}`);
  await eventually('both matters are listed', async () => (await queue(page)).length === 2);
  const beside = page.getByTestId('past-beside');
  const seats = page.getByTestId('past-seats');
  const isAt = async () => ({
    named: /collector/.test(await beside.innerText()), all: await page.locator('[data-testid=tab-all] .tab-count').innerText(),
    tab: await page.locator('[data-testid^=tab-][aria-pressed=true]').getAttribute('data-testid'),
    shown: await page.locator('[data-testid=detail] [data-id][data-state]').getAttribute('data-id'),
  });
  await shown(page, others.id);
  const own = await isAt();
  assert.deepEqual(own, { named: false, all: '2', tab: 'tab-all', shown: others.id });
  const pictures = '**/api/v1/past/picture?*view=*';

  house.expectsOutage = true;
  await page.route(pictures, (route) => route.abort('connectionrefused'));
  await seats.click();
  await page.getByTestId('past-seat').filter({ hasText: 'collector' }).click();
  await beside.filter({ hasText: '没有打开' }).waitFor();
  assert.deepEqual(await isAt(), own, 'nothing is looked at as by that seat');
  assert.equal(await seats.innerText(), '各席所见');
  await page.unroute(pictures);
  house.expectsOutage = false;

  // While the picture is on its way one may already press play.
  let deliver = () => {};
  const held = new Promise((done) => { deliver = () => done(undefined); });
  await page.route(pictures, async (route) => { await held; await route.continue(); });
  await page.getByTestId('past-seat').filter({ hasText: 'collector' }).click();
  await page.getByTestId('past-speed').selectOption('1');
  const play = page.getByTestId('past-play');
  await play.click();
  assert.deepEqual(await isAt(), own, 'not before it is there');
  deliver();
  const seated = { named: true, all: '1', tab: 'tab-new', shown: theirs.id };
  await eventually('it is looked from there', async () => JSON.stringify(await isAt()) === JSON.stringify(seated));
  await eventually('and played on', async () => ((await pastOf(page)) ?? 0) > Date.parse(then));
  await play.click();
  await seats.click();
  await eventually('the seat is left', async () => {
    const { named, all } = await isAt();
    return !named && all === '2';
  });
}, { people: aShift });

story('at a seat its layers are drawn, and when it is left those of who looks', async (house, server) => {
  const { incidents, tell } = await aCollectorsTown(server);
  await tell({ window: 'left-screen', layers: ['incidents', 'units'], tab: 'all' });
  const then = await soonPast();
  const page = await house.open('leader');
  await page.addInitScript(noteDrawing);
  await logIn(page, server, server.person('leader'));
  await rewind(page, server, then, '&layers=units:0:100');
  await page.locator('.far-signs').waitFor({ state: 'attached', timeout: 30_000 });
  await page.keyboard.press('Backquote');
  await page.keyboard.press('y');
  const units = page.getByTestId('layer-units').locator('input[type=checkbox]');
  await eventually('the matters alone are drawn', async () => (await drawing(page)).marks === incidents.length, 30_000);
  assert.equal(await units.isChecked(), false);

  const seats = page.getByTestId('past-seats');
  await seats.click();
  await page.getByTestId('past-seat').filter({ hasText: 'collector' }).click();
  await eventually('one matter and one car are', async () => (await units.isChecked()) && (await drawing(page)).marks === 2, 20_000);
  assert(await units.isDisabled(), 'they are not for who looks to choose');
  assert(await page.getByTestId('layer-names').locator('input[type=checkbox]').isEnabled());
  await page.getByTestId('layer-sensors').locator('input[type=checkbox]:not(:checked)').waitFor();

  await seats.click();
  await eventually('they are off again', async () => !(await units.isChecked()) && (await drawing(page)).marks === incidents.length, 20_000);
  assert(await units.isEnabled());
  await page.getByTestId('layer-sensors').locator('input[type=checkbox]:checked').waitFor();
}, { people: aShift });

story('details that cannot be had leave none of today on a past page, and none of then on the present one', async (house, server) => {
  const { key, page } = await oneIsLive(house, server);
  const session = await server.logIn(server.person('leader'));
  const [first = ''] = await queue(page);
  const then = await soonPast();
  await session.command(first, 'force_close', { reason: '误报' });
  await choose(page, first);
  const detail = page.getByTestId('detail');
  await detail.locator('[data-state=closed]').waitFor();
  await server.post(key, [sighting('粤S1001', square, 90)]);
  house.expectsOutage = true;
  const details = `**/api/v1/incidents/${first}`;
  await page.route(details, (route) => route.abort('connectionrefused'));
  await page.keyboard.press(',');
  await page.getByTestId('past-play').waitFor();
  await eventually('the past is shown', async () => (await pastOf(page)) !== null);
  await detail.locator('.empty-detail button').waitFor();
  assert.equal(await detail.locator('[data-state]').count(), 0, 'how it is today is not told of then');
  assert.doesNotMatch(await detail.innerText(), /误报/);

  await page.unroute(details);
  await rewind(page, server, then, `&incident=${first}`);
  await detail.locator('[data-state]:not([data-state=closed])').waitFor();
  await page.route(details, (route) => route.abort('connectionrefused'));
  await page.getByTestId('past-return').click();
  await live(page);
  await detail.locator('.empty-detail button').waitFor();
  assert.equal(await detail.locator('[data-state]').count(), 0, 'how it was then is not told of today');
}, { people: aShift });

story('a list from elsewhere is not told as words that somebody searched for', async (house, server) => {
  const { page } = await oneIsLive(house, server);
  /** @type {any[]} */ const told = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/past/views')) told.push(request.postDataJSON());
  });
  await page.goto(`${server.base}/desk?severity=1,2,3,4`);
  await eventually('it is listed', async () => (await queue(page)).length === 1);
  await eventually('what is seen was told', () => told.some(({ left }) => !left), 20_000);
  assert.deepEqual(told.map(({ words }) => words).filter(Boolean), []);
  await page.goto(`${server.base}/desk?words=粤`);
  await eventually('words are told', () => told.some(({ words }) => words === '粤'), 20_000);
}, { people: aShift });

story('what a seat saw holds nothing that its account might not see, and a window that is left shows nothing', async (house, server) => {
  const { leader, collector, incidents, town, tell } = await aCollectorsTown(server);
  await tell({ window: 'left-screen', layers: ['incidents', 'units'] });
  await tell({ window: 'right-screen', layers: ['incidents'] });
  const then = new Date(Date.now() + 5).toISOString();
  await eventually('the moment has passed', async () => Date.now() > Date.parse(then) + 5);
  await tell({ window: 'left-screen', layers: ['incidents', 'units'], left: true });

  const { views } = await leader.get(`/api/v1/past/views?at=${then}`);
  const of = (/** @type {string} */ window) => views.find((/** @type {any} */ view) => view.window === window);
  assert.deepEqual(of('left-screen').audience, { town });
  const told = await leader.get(`/api/v1/past/picture?at=${then}`);
  assert.deepEqual([told.incidents.length, told.units.length, told.gap], [2, 2, null]);
  const [left, right] = await Promise.all(['left-screen', 'right-screen'].map((window) =>
    leader.get(`/api/v1/past/picture?at=${then}&view=${of(window).view}`)));
  const seen = await collector.get(`/api/v1/past/picture?at=${then}`);
  assert.deepEqual(standing(left), standing(seen));
  assert.deepEqual(left.units.map((/** @type {any} */ unit) => unit.id), ['粤S1001']);
  assert.deepEqual([right.incidents.length, right.units.length], [1, 0]);
  const changes = await leader.get(`/api/v1/past/changes?since=${incidents.at(-1).opened_at}&until=${then}&view=${of('right-screen').view}`);
  assert(changes.steps.every((/** @type {any} */ step) => step.units.length === 0));
  const later = await leader.get(`/api/v1/past/views?at=${new Date().toISOString()}`);
  assert.deepEqual(later.views.map((/** @type {any} */ view) => view.window), ['right-screen']);
  await assert.rejects(collector.get(`/api/v1/past/picture?at=${then}&view=${of('left-screen').view}`), /403/);
  await assert.rejects(leader.get(`/api/v1/past/picture?at=${then}&view=999999`), /422/);
}, { people: aShift });

story('who polls the changes of the past misses none, however quickly he asks', async (house, server) => {
  const key = await server.addKey('*');
  await server.post(key, reports(1));
  const leader = await server.logIn(server.person('leader'));
  const begun = await leader.get(`/api/v1/past/picture?at=${new Date().toISOString()}`);
  const told = new Set(begun.incidents.map((/** @type {any} */ one) => one.id));
  let since = begun.at;
  let feeding = true;
  const feeds = (async () => {
    for (let round = 0; round < 60; round += 1) await server.post(key, [report({ position: away(square, 400 * round, 9_000) })]);
    feeding = false;
  })();
  for (let last = false; !last;) {
    last = !feeding;
    const answer = await leader.get(`/api/v1/past/changes?since=${since}&step=50ms`).catch((/** @type {Error} */ error) => error);
    if (answer instanceof Error) {
      assert.match(answer.message, /422/, 'only that no time has passed');
      continue;
    }
    for (const step of answer.steps) for (const one of step.incidents) told.add(one.id);
    since = answer.next ?? answer.until;
  }
  await feeds;
  const { incidents } = await leader.get('/api/v1/incidents?limit=200');
  assert.deepEqual(incidents.map((/** @type {any} */ one) => one.id).filter((/** @type {string} */ id) => !told.has(id)), []);
}, { people: aShift });

story('the past is told within the rights of who asks, and what cannot be known is refused with the reason', async (house, server) => {
  const key = await server.addKey('*', true);
  await server.post(key, [...reports(2), sighting('粤S1001', away(square, 300, 0), 90)]);
  const leader = await server.logIn(server.person('leader'));
  const { incidents } = await leader.get('/api/v1/incidents');
  const lead = incidents[0].lead;
  assert(lead, 'the machine has dispatched it');
  await leader.send('/api/v1/incidents', { position: away(square, 5000, 0), text: '写在台上的事', category: 'E0608', severity: 3 });
  const then = new Date().toISOString();
  const [city, theirs] = await Promise.all(['leader', 'theirs', 'nobody'].slice(0, 2).map(async (name) => {
    if (name === 'theirs') await server.addPerson('theirs', 'department', { department: lead });
    const session = await server.logIn(server.person(name));
    return session.get(`/api/v1/past/picture?at=${then}`);
  }));
  assert.equal(city.incidents.length, 3);
  assert.equal(theirs.incidents.length, city.incidents.filter((/** @type {any} */ one) => one.lead === lead).length);
  assert.deepEqual([theirs.alarms, theirs.units], [[], []]);
  const live = await leader.get('/api/v1/incidents');
  assert.deepEqual(standing(city), standing(live));

  const changes = await leader.get(`/api/v1/past/changes?since=${incidents[0].opened_at}&until=${then}&step=1s`);
  const last = changes.steps.at(-1);
  assert(last && changes.next === null && last.position > 0);
  const density = await leader.get('/api/v1/past/density?every=1h');
  assert.equal(density.incidents.reduce((/** @type {number} */ sum, /** @type {number} */ one) => sum + one, 0), 3);

  /** @param {string} path @param {Record<string, string>} [headers] */
  const asks = async (path, headers = { authorization: `Bearer ${key}` }) => {
    const answer = await fetch(server.base + path, { headers });
    const body = await answer.json();
    assert.match(answer.headers.get('content-type') ?? '', /problem\+json/);
    return `${answer.status} ${body.errors?.[0]?.pointer ?? ''} ${body.errors?.[0]?.reason ?? ''}`;
  };
  assert.match(await asks('/api/v1/past/picture?at=2020-01-01T00:00:00Z'), /^422 \?at lies before the horizon: the picture is known from 20/);
  assert.match(await asks('/api/v1/past/changes?since=2020-01-01T00:00:00Z&step=30d'), /^422 \?since lies before the horizon/);
  assert.match(await asks('/api/v1/past/picture?at=2100-01-01T00:00:00Z'), /^422 \?at lies in the future/);
  assert.match(await asks('/api/v1/past/picture'), /^422 \?at is missing/);
  assert.match(await asks('/api/v1/past/picture?at=gestern'), /^422 \?at /);
  assert.match(await asks(`/api/v1/past/views?at=${then}`), /^403/);
  assert.match(await asks('/api/v1/past', {}), /^401/);
}, { people: aShift });
