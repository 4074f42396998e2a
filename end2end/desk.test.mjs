// The main job at the desk: what is posted appears, and an incident goes through many hands to its end.

import assert from 'node:assert/strict';
import { choose, digestsAgree, give, live, logIn, row, stateIs, story, tab } from './people.mjs';
import { eventually } from './harness.mjs';
import { report, square } from './scene.mjs';

const department = 'swj';

/** One person of each post that the way from report to closing needs. @param {import('./harness.mjs').Server} server */
async function everyPost(server) {
  await server.addPerson('operator', 'operator');
  await server.addPerson('leader', 'shift_leader');
  await server.addPerson('dispatcher', 'dispatcher');
  await server.addPerson('water', 'department', { department });
  await server.addPerson('collector', 'collector');
}

story('a report posted by a feed is on the desk without reload, and a second one joins it', async (house, server) => {
  const page = await house.atDesk(server.person('operator'));
  await page.evaluate(() => { /** @type {any} */ (window).stillTheSamePage = true; });
  const key = await server.addKey('hotline-*');

  await server.post(key, [report()]);
  const rows = page.locator('[data-testid=incident-row]');
  await tab(page, 'all');
  await rows.first().waitFor();
  assert.equal(await rows.count(), 1);
  const incident = await rows.first().getAttribute('data-id');
  assert(incident);

  await choose(page, incident);
  const evidence = page.getByTestId('evidence');
  await eventually('the first evidence is shown', async () => (await evidence.count()) === 1);
  await server.post(key, [report({ text: '同一井盖，又有人报' })]);
  await eventually('the second report joins as evidence', async () => (await evidence.count()) === 2);
  assert.equal(await rows.count(), 1, 'one thing is one incident');
  assert.equal(await page.evaluate(() => /** @type {any} */ (window).stillTheSamePage), true, 'the page was never loaded again');
  await digestsAgree(page);
}, { people: everyPost });

story('an incident goes from report to closing through people in separate browsers', async (house, server) => {
  const [operator, leader, dispatcher, water, collector] = await Promise.all(
    ['operator', 'leader', 'dispatcher', 'water', 'collector'].map((name) => house.atDesk(server.person(name))),
  );
  assert(operator && leader && dispatcher && water && collector);
  const hotline = await server.logIn(server.person('operator'));
  const { id: incident } = await hotline.send('/api/v1/incidents', { position: square, text: '人行道井盖缺失', category: 'C0102', severity: 3 });

  for (const page of [operator, leader, dispatcher]) await choose(page, incident);
  await give(leader, 'register');
  for (const page of [operator, leader, dispatcher]) await stateIs(page, 'registered');
  await give(dispatcher, 'dispatch', { lead: department });
  await stateIs(dispatcher, 'dispatched');

  await choose(water, incident);
  await give(water, 'acknowledge');
  await stateIs(water, 'acknowledged');
  await give(water, 'arrive');
  await stateIs(water, 'handling');
  await give(water, 'resolve', { text: '已更换井盖，与路面平顺' });
  for (const page of [operator, leader, dispatcher, water]) await stateIs(page, 'resolved');

  await choose(collector, incident);
  await give(collector, 'check', { passed: 'yes', text: '现场核查无误' });
  await stateIs(leader, 'checked');
  const { standards } = await hotline.get(`/api/v1/incidents/${incident}`);
  assert(standards.length > 0, 'the category has closing standards');
  await give(leader, 'close', { standard: standards[0] });
  await stateIs(leader, 'closed');

  const { state, timeline } = await hotline.get(`/api/v1/incidents/${incident}`);
  assert.equal(state, 'closed');
  const told = JSON.stringify(timeline);
  for (const command of ['register', 'dispatch', 'acknowledge', 'arrive', 'resolve', 'check', 'close']) {
    assert(told.includes(`"${command}"`), `the timeline tells of ${command}`);
  }
}, { people: everyPost });

story('a button is there only for who may press it, and a refused command says why', async (house, server) => {
  const hotline = await server.logIn(server.person('operator'));
  const { id: incident } = await hotline.send('/api/v1/incidents', { position: square, text: '井盖缺失', category: 'C0102' });
  const operator = await house.atDesk(server.person('operator'));
  await choose(operator, incident);
  const buttons = operator.locator('[data-testid=detail] [data-testid^=command-][type=button]');
  const { allowed } = await hotline.get(`/api/v1/incidents/${incident}`);
  await eventually('the buttons are the allowed commands', async () => {
    const offered = await buttons.evaluateAll((all) => all.map((button) => button.getAttribute('data-testid')?.replace('command-', '')));
    return JSON.stringify(offered.sort()) === JSON.stringify([...allowed].sort());
  });
  assert(!allowed.includes('register'), 'an operator does not register');
  await assert.rejects(hotline.command(incident, 'register'), /403/);
}, { people: everyPost });

story('without scripts the list is still readable', async (house, server) => {
  const key = await server.addKey('hotline-*');
  await server.post(key, [report({ text: '井盖缺失', category: 'C0101' })]);
  const page = await house.open('reader', { javaScriptEnabled: false });
  await logIn(page, server, server.person('operator'));
  await page.goto(`${server.base}/desk`);
  const rows = page.locator('[data-testid=incident-row]');
  await eventually('the server-rendered row', async () => (await rows.count()) === 1);
  assert.match(await rows.first().innerText(), /井盖/);
  const incident = await rows.first().getAttribute('data-id');
  assert(incident);
  assert(await row(page, incident).isVisible());
}, { people: everyPost });

story('a script in a text is only a text', async (house, server) => {
  const hostile = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>${1}{{1}}井盖';
  const key = await server.addKey('hotline-*');
  await server.post(key, [report({ text: hostile, category: null })]);
  const hotline = await server.logIn(server.person('operator'));
  const { incidents: [incident] } = await hotline.get('/api/v1/incidents');
  await hotline.command(incident.id, 'set_title', { title: hostile });
  const page = await house.open('operator');
  page.on('dialog', (dialog) => { throw new Error(dialog.message()); });
  await logIn(page, server, server.person('operator'));
  await page.goto(`${server.base}/desk?incident=${incident.id}`);
  await live(page);
  await choose(page, incident.id);
  await page.getByTestId('evidence').filter({ hasText: '<script>' }).waitFor();
  await row(page, incident.id).filter({ hasText: '<script>' }).waitFor();
  assert.equal(await page.evaluate(() => /** @type {any} */ (window).broken), undefined);
}, { people: everyPost });

story('a wrong password is told in words and opens nothing', async (house, server) => {
  const page = await house.open('stranger');
  house.expectsRefusal = true;
  await page.goto(`${server.base}/login`);
  await page.locator('input[name=name]').fill('operator');
  await page.locator('input[name=password]').fill('not it');
  await page.locator('button[type=submit]').first().click();
  await page.locator('[role=alert]').waitFor();
  await page.goto(`${server.base}/desk`);
  assert.match(page.url(), /\/login/);
}, { people: everyPost });
