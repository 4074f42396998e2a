// Alarms at two desks: what is silenced or acknowledged at one is quiet at both within a second, and a thousand in a minute are
// a few rows that do not scroll, drawn within a frame. And many are commanded at once, each with an answer of its own.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { eventually } from './harness.mjs';
import { allRing, listening, notes, quietAfter } from './hearing.mjs';
import { story } from './people.mjs';
import { away, seeded, square } from './scene.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('./harness.mjs').Server} Server */

const second = 1_000;
const frameMs = 16;
let count = 0;

/** @param {string} kind @param {Record<string, unknown>} details */
function said(kind, details) {
  count += 1;
  return {
    source: 'fire-panels', id: `F-${count}`, version: 1, kind, time: new Date().toISOString(), category: 'E0406', thing: 'panel-1',
    position: square, severity: 1, text: '烟感报警', ...details,
  };
}

/** @param {Server} server */
async function atTheDesks(server) {
  await server.addPerson('operator', 'operator');
  await server.addPerson('leader', 'shift_leader');
}

story('what one desk silences or acknowledges is quiet at both within a second', async (house, server) => {
  const desks = [await listening(house, server, 'operator'), await listening(house, server, 'leader')];
  const [operator, leader] = desks;
  assert(operator && leader);
  const key = await server.addKey('fire-*');
  await server.post(key, [said('alarm', {})]);
  await allRing(desks);

  for (const desk of desks) await desk.getByTestId('alarms-light').click();
  const row = operator.getByTestId('alarm-row');
  await row.waitFor();
  await quietAfter(desks, () => row.getByTestId('silence').click());
  assert.equal(await row.getAttribute('data-state'), 'active_unacknowledged', 'to silence is not to acknowledge');

  // It is over and there again: that is news.
  await server.post(key, [said('clear', {})]);
  await server.post(key, [said('alarm', {})]);
  await allRing(desks);
  await quietAfter(desks, () => leader.getByTestId('alarm-row').getByTestId('acknowledge').click());
  await operator.locator('[data-testid=alarm-row][data-state=active_acknowledged]').waitFor();

  // Put aside with a reason, it is no longer in the list.
  await row.getByTestId('shelve').click();
  await operator.getByTestId('shelve-reason').fill('动火作业');
  await operator.getByTestId('shelve-send').click();
  await row.waitFor({ state: 'detached' });
  const { alarms } = await (await server.logIn(server.person('leader'))).get('/api/v1/alarms?state=shelved');
  assert.equal(alarms[0].shelved.reason, '动火作业');
  assert.equal(alarms[0].shelved.by, 'operator');
}, { people: atTheDesks });

/** What the page's main thread spent on script, style and layout in each of its tasks, in milliseconds, from a trace.
 * @param {Buffer} trace */
function scriptAndLayout(trace) {
  const { traceEvents } = JSON.parse(trace.toString());
  const main = traceEvents.find((/** @type {any} */ event) => event.name === 'thread_name' && event.args.name === 'CrRendererMain'
    && traceEvents.some((/** @type {any} */ other) => other.pid === event.pid && other.tid === event.tid && other.name === 'FireAnimationFrame'));
  assert(main, 'the trace has a page');
  const counted = new Set(['FunctionCall', 'FireAnimationFrame', 'TimerFire', 'EventDispatch', 'RunMicrotasks', 'UpdateLayoutTree', 'Layout', 'PrePaint']);
  const on = traceEvents.filter((/** @type {any} */ event) => event.pid === main.pid && event.tid === main.tid && event.ph === 'X');
  const tasks = on.filter((/** @type {any} */ event) => event.name === 'RunTask');
  const spans = on.filter((/** @type {any} */ event) => counted.has(event.name));
  spans.sort((/** @type {any} */ a, /** @type {any} */ b) => a.ts - b.ts || b.dur - a.dur);
  tasks.sort((/** @type {any} */ a, /** @type {any} */ b) => a.ts - b.ts);
  /** @type {number[]} */ const spent = [];
  let at = 0;
  for (const task of tasks) {
    let [sum, until] = [0, 0];
    for (; at < spans.length && spans[at].ts < task.ts + task.dur; at += 1) {
      const span = spans[at];
      // What lies within another is counted with it.
      if (span.ts < task.ts || span.ts < until) continue;
      until = span.ts + span.dur;
      // The thread's own time: others use this machine, too.
      sum += span.tdur ?? span.dur;
    }
    if (sum > 0) spent.push(sum / 1000);
  }
  return spent.sort((a, b) => a - b);
}

story('a thousand alarms in a minute are a few rows, within a frame, and acknowledged as they were seen', async (house, server) => {
  const operator = await house.atDesk(server.person('operator'));
  await operator.getByTestId('alarms-light').click();
  const list = operator.getByTestId('alarm-list');
  await list.waitFor();
  const key = await server.addKey('many-*');
  const chance = seeded(10);
  const kinds = ['E0401', 'E0402', 'E0403', 'E0404', 'E0406', 'E0410', 'E0413', 'E0414', 'E0416', 'E0417', 'E0418', 'C0101', 'C0102', 'C0306'];
  const towns = /** @type {[number, number][]} */ ([
    [113.7518, 23.0207], [113.673, 22.815], [113.815, 22.806], [114.146, 22.745], [113.877, 23.003], [114.1, 22.92],
    [113.65, 22.95], [114.01, 23.06], [113.74, 22.94], [113.96, 22.9],
  ]);
  const some = (/** @type {number} */ from, /** @type {number} */ upto) => Array.from({ length: upto - from }, (_, index) => {
    const number = from + index;
    const town = towns[Math.floor(chance() * towns.length)] ?? square;
    return said('alarm', {
      source: 'many-sensors', id: `M-${number}`, thing: `sensor-${number}`, category: kinds[Math.floor(chance() * kinds.length)],
      severity: 1 + Math.floor(chance() * 4), position: away(town, (chance() - 0.5) * 4000, (chance() - 0.5) * 4000),
    });
  });
  const minute = 60 * second;
  const batches = 120;
  await house.browser.startTracing(operator, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', '__metadata'] });
  const begun = Date.now();
  /** @type {number[]} */ const rows = [];
  for (let batch = 0; batch < batches; batch += 1) {
    const [from, upto] = [batch, batch + 1].map((one) => Math.round((one * 1000) / batches));
    await server.post(key, some(from ?? 0, upto ?? 0));
    if (batch % 10 === 9) rows.push(await operator.locator('.alarm-row').count());
    const due = begun + ((batch + 1) * minute) / batches;
    await new Promise((next) => setTimeout(next, Math.max(0, due - Date.now())));
  }
  const spent = scriptAndLayout(await house.browser.stopTracing());
  console.log(`1,000 alarms in ${((Date.now() - begun) / second).toFixed(0)} s; rows ${rows.join(' ')}`);
  const at = (/** @type {number} */ share) => spent[Math.min(spent.length - 1, Math.floor(spent.length * share))] ?? 0;
  console.log(`script and layout of ${spent.length} tasks: median ${at(0.5).toFixed(1)}, p99 ${at(0.99).toFixed(1)}, p99.9 ${at(0.999).toFixed(1)}, longest ${at(1).toFixed(1)} ms`);
  assert(rows.every((one) => one < 30), `rows: ${rows}`);
  assert(spent.length > 100, 'the page had something to do');
  // `make check`, which is asked of a quiet machine, wants it of 99 in 100.
  const share = process.env.QUIET_MACHINE ? 0.99 : 0.9;
  assert(at(share) < frameMs, `${100 * share} of 100 tasks fit a frame: ${at(share)} ms`);

  await eventually('it is a flood', async () => (await list.getAttribute('data-flood')) === 'true');
  await eventually('all thousand are counted', async () => {
    const counts = await operator.getByTestId('group-count').allInnerTexts();
    return counts.reduce((sum, text) => sum + Number(text), 0) === 1000;
  });
  const scrolls = await operator.getByTestId('alarm-rows').evaluate((element) => element.scrollHeight - element.clientHeight);
  assert(scrolls <= 1, `nothing scrolls, but ${scrolls} px are out of sight`);

  // What comes after it was seen is not acknowledged with it.
  const group = operator.getByTestId('alarm-group').first();
  const shown = Number(await group.getByTestId('group-count').innerText());
  await group.getByTestId('acknowledge-group').click();
  const said1 = operator.getByTestId('alarms-said');
  await said1.filter({ hasText: String(shown) }).waitFor();
  const desk = await server.logIn(server.person('operator'));
  const { alarms } = await desk.get('/api/v1/alarms?state=active_acknowledged');
  assert.equal(alarms.length, shown);

  // The server says the same at a glance, and how the load was.
  const glance = await desk.get('/api/v1/alarms/groups');
  assert.equal(glance.groups.listed, 1000);
  assert(glance.flood.since, 'a flood');
  assert(glance.groups.rows.length < 30);
  const load = await desk.get('/api/v1/alarms/performance?by=town');
  assert.equal(load.rate.told.value, 1000);
  assert.equal(load.noting.acknowledged.value, shown);
  for (const figure of [load.rate.told, load.noting.acknowledged, load.top[0].told, load.priorities[0].told, ...load.parts.map((/** @type {any} */ part) => part.rate.told)]) {
    const list = await desk.get(`${figure.drill}&limit=10000`);
    assert.equal(list.lines.length, figure.value, figure.drill);
  }
}, { people: atTheDesks, minutes: 4 });

story('many alarms are commanded at once, and each answers for itself', async (_house, server) => {
  const key = await server.addKey('fire-*');
  const things = ['panel-1', 'panel-2', 'panel-3'];
  await server.post(key, things.map((thing, index) => said('alarm', { thing, severity: 2 + index, position: away(square, 3000 * index, 0) })));
  const desk = await server.logIn(server.person('operator'));
  const list = await desk.get('/api/v1/alarms');
  assert.equal(list.suppressed, 0);
  const ids = list.alarms.map((/** @type {any} */ alarm) => alarm.id);
  assert.equal(ids.length, 3);
  const asOf = list.alarms[0].told_in;
  const id = randomUUID();
  const order = { id, command: 'acknowledge', as_of: asOf, alarms: [...ids, 'a1-77'] };
  const first = await desk.send('/api/v1/alarms/commands', order);
  assert.deepEqual(first.answers.map((/** @type {any} */ one) => one.status), [200, 200, 200, 404]);
  assert.deepEqual([first.done, first.refused], [3, 1]);
  assert.deepEqual(await desk.send('/api/v1/alarms/commands', order).then((again) => again.answers), first.answers, 'sent again it does nothing more');

  // One rises again: what was pressed before says nothing of it.
  await server.post(key, [said('clear', { thing: 'panel-1' })]);
  await server.post(key, [said('alarm', { thing: 'panel-1' })]);
  const late = await desk.send('/api/v1/alarms/commands', { command: 'acknowledge', as_of: asOf, choice: { state: ['active_unacknowledged'] } });
  assert.deepEqual(late.answers.map((/** @type {any} */ one) => one.status), [409]);
  const now = await desk.send('/api/v1/alarms/commands', { command: 'acknowledge', choice: { thing: 'panel-1' } });
  assert.equal(now.done, 1);
}, { people: atTheDesks });
