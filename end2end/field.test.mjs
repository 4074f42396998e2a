// A department on its phone: the network goes in the middle of the work, the tab is closed, both come back. Nothing is lost,
// nothing is done twice, and what somebody else changed meanwhile is said in words.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { axeFindings, logIn, phone, story } from './people.mjs';
import { eventually } from './harness.mjs';
import { away, morning, square } from './scene.mjs';

/** @typedef {import('./people.mjs').Page} Page */
/** @typedef {import('./harness.mjs').Server} Server */

const department = 'swj';
/** @param {Server} server */
async function everyPost(server) {
  await server.addPerson('operator', 'operator');
  await server.addPerson('leader', 'shift_leader');
  await server.addPerson('dispatcher', 'dispatcher');
  await server.addPerson('water', 'department', { department });
  await server.addPerson('mayor', 'commander');
}

/** Orders written down by hand and sent to the department. @param {Server} server @param {number} count @returns {Promise<string[]>} */
async function orders(server, count) {
  const [operator, leader, dispatcher] = await Promise.all(['operator', 'leader', 'dispatcher'].map((name) => server.logIn(server.person(name))));
  assert(operator && leader && dispatcher);
  /** @type {string[]} */
  const ids = [];
  for (let index = 0; index < count; index += 1) {
    const { id } = await operator.send('/api/v1/incidents', { position: away(square, index * 60, 0), text: `第 ${index + 1} 处井盖缺失`, category: 'C0102', severity: 3 });
    await leader.command(id, 'register');
    await dispatcher.command(id, 'dispatch', { lead: department });
    ids.push(id);
  }
  return ids;
}

/** The department at its orders, on a phone. @param {import('./people.mjs').House} house @param {Server} server */
async function onThePhone(house, server) {
  const page = await house.open('water', phone);
  await logIn(page, server, server.person('water'));
  assert.equal(new URL(page.url()).pathname, '/orders', 'a department begins on its phone at its orders');
  await live(page);
  return page;
}

/** @param {Page} page */
async function live(page) {
  await page.locator('[data-testid=link-light][data-light=green]').waitFor();
}

/** Until the worker holds the page and its files. @param {Page} page */
async function kept(page) {
  await page.evaluate(() => navigator.serviceWorker.ready);
  await eventually('the worker is in charge', () => page.evaluate(() => Boolean(navigator.serviceWorker.controller)));
}

/** @param {Page} page @param {string} incident */
function order(page, incident) {
  return page.locator(`[data-testid=order][data-id="${incident}"]`);
}

/** @param {Page} page @param {string} incident @param {string} command */
async function press(page, incident, command) {
  await order(page, incident).getByTestId(`command-${command}`).click();
}

/** How many of its commands the log tells of. @param {Server} server @param {string} incident @param {string} command */
async function times(server, incident, command) {
  const session = await server.logIn(server.person('operator'));
  const { timeline } = await session.get(`/api/v1/incidents/${incident}`);
  return timeline.filter((/** @type {{command: string}} */ entry) => entry.command === command).length;
}

story('the network goes in the middle, the tab is closed, and nothing is lost or doubled', async (house, server) => {
  const [first, second] = await orders(server, 2);
  assert(first && second);
  const page = await onThePhone(house, server);
  await order(page, first).waitFor();
  await kept(page);

  house.expectsOutage = true;
  await server.kill();
  await press(page, first, 'acknowledge');
  await press(page, first, 'arrive');
  await press(page, first, 'resolve');
  const form = page.getByTestId('form-resolve');
  await form.locator('[name=text]').fill('已更换井盖，与路面平顺');
  await form.getByTestId('command-send').click();
  await press(page, second, 'acknowledge');
  const bar = page.getByTestId('bar');
  await eventually('the bar counts what waits', async () => (await bar.getAttribute('data-kind')) === 'offline-waiting' && /4/.test(await bar.innerText()));
  assert.equal(await order(page, first).locator('[data-testid=queued]:is([data-standing=waiting], [data-standing=sending])').count(), 3);

  await page.close();
  const again = await page.context().newPage();
  await again.goto(`${server.base}/orders`);
  await eventually('the kept page shows what waits', async () => (await order(again, first).locator('[data-testid=queued]').count()) === 3);
  assert.match(await again.getByTestId('bar').innerText(), /离线/);
  // What is opened on demand is kept with the page.
  await order(again, first).locator('h2 a, h3 a').click();
  await again.getByTestId('details').waitFor();
  await again.getByTestId('details-close').click();

  await server.start();
  await eventually('all is sent', async () => (await again.locator('[data-testid=queued][data-standing=waiting], [data-testid=queued][data-standing=sending]').count()) === 0, 60_000);
  await live(again);
  const session = await server.logIn(server.person('operator'));
  assert.equal((await session.get(`/api/v1/incidents/${first}`)).state, 'resolved');
  assert.equal((await session.get(`/api/v1/incidents/${second}`)).state, 'acknowledged');
  for (const [incident, command] of [[first, 'acknowledge'], [first, 'arrive'], [first, 'resolve'], [second, 'acknowledge']]) {
    assert.equal(await times(server, incident ?? '', command ?? ''), 1, `${command} of ${incident}`);
  }
}, { people: everyPost });

story('what somebody else changed meanwhile is explained, and what was written is sent again or dropped', async (house, server) => {
  const [first, second] = await orders(server, 2);
  assert(first && second);
  const page = await onThePhone(house, server);
  await order(page, first).waitFor();
  await kept(page);

  house.expectsOutage = true;
  await page.context().setOffline(true);
  for (const incident of [first, second]) await press(page, incident, 'acknowledge');
  const operator = await server.logIn(server.person('operator'));
  for (const incident of [first, second]) await operator.command(incident, 'set_title', { title: '污水井盖缺失，夜间有人绊倒' });
  await page.context().setOffline(false);

  house.expectsConflict = true;
  for (const incident of [first, second]) {
    const refusal = order(page, incident).getByTestId('refusal');
    await refusal.waitFor({ timeout: 30_000 });
    assert.match(await refusal.innerText(), /operator/, 'it says who');
  }
  assert.match(await page.getByTestId('bar').innerText(), /2/);
  await order(page, first).getByTestId('again').click();
  await eventually('sent once more, it is done', async () => (await operator.get(`/api/v1/incidents/${first}`)).state === 'acknowledged');
  await order(page, second).getByTestId('drop').click();
  await eventually('nothing is left of the other', async () => (await order(page, second).getByTestId('queued').count()) === 0);
  assert.equal((await operator.get(`/api/v1/incidents/${second}`)).state, 'dispatched');
  assert.equal(await times(server, first, 'acknowledge'), 1);
}, { people: everyPost });

story('who is signed out while offline keeps his commands until he signs in again', async (house, server) => {
  const [first] = await orders(server, 1);
  assert(first);
  const page = await onThePhone(house, server);
  await order(page, first).waitFor();
  await page.context().clearCookies({ name: 'gulou_session' });
  house.expectsRefusal = true;
  await press(page, first, 'acknowledge');
  const bar = page.locator('[data-testid=bar][data-kind=signed-out]');
  await bar.waitFor({ timeout: 20_000 });
  assert.match(await bar.innerText(), /1/);
  await page.getByTestId('sign-in-again').click();
  await page.locator('input[name=name]').fill('water');
  await page.locator('input[name=password]').fill(server.person('water').password);
  await page.locator('button[type=submit]').first().click();
  await page.waitForURL(/\/orders/);
  const operator = await server.logIn(server.person('operator'));
  await eventually('it is sent then', async () => (await operator.get(`/api/v1/incidents/${first}`)).state === 'acknowledged', 20_000);
}, { people: everyPost });

story('a worker sends what waits when the network is back and no page is open', async (house, server) => {
  const [first] = await orders(server, 1);
  assert(first);
  const page = await onThePhone(house, server);
  await order(page, first).waitFor();
  await kept(page);
  house.expectsOutage = true;
  const context = page.context();
  await server.kill();
  await press(page, first, 'acknowledge');
  await press(page, first, 'arrive');
  await eventually('both are kept', async () => (await order(page, first).getByTestId('queued').count()) === 2);
  await page.goto('about:blank');
  await server.start();
  const session = await context.newCDPSession(page);
  /** @type {string | undefined} */
  let registration;
  session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => { registration ??= registrations.find(({ scopeURL }) => scopeURL.endsWith('/orders'))?.registrationId; });
  await session.send('ServiceWorker.enable');
  await eventually('the worker is known', () => registration);
  const operator = await server.logIn(server.person('operator'));
  await eventually('the worker has sent both', async () => {
    await session.send('ServiceWorker.dispatchSyncEvent', { origin: server.base, registrationId: registration ?? '', tag: 'gulou-outbox', lastChance: false });
    return (await operator.get(`/api/v1/incidents/${first}`)).state === 'handling';
  }, 30_000);
  assert.equal(await times(server, first, 'acknowledge'), 1);
  assert.equal(await times(server, first, 'arrive'), 1);
}, { people: everyPost });

story('nothing that arrives moves the list or closes what is being written', async (house, server) => {
  const [first, second] = await orders(server, 2);
  assert(first && second);
  const page = await onThePhone(house, server);
  await order(page, first).waitFor();
  await press(page, first, 'return');
  const form = page.getByTestId('form-return');
  await form.locator('[name=reason]').fill('不属本部门');
  const before = await order(page, second).boundingBox();
  await orders(server, 1);
  await page.getByTestId('held-back').waitFor();
  const operator = await server.logIn(server.person('operator'));
  await operator.command(first, 'set_title', { title: '井盖破损' });
  await eventually('the card follows', async () => (await order(page, first).innerText()).includes('井盖破损'));
  assert.equal(await form.locator('[name=reason]').inputValue(), '不属本部门');
  assert.equal(await page.getByTestId('order').count(), 2, 'the new one waits behind a line');
  const moved = (await order(page, second).boundingBox())?.y ?? 0;
  assert(Math.abs(moved - (before?.y ?? 0)) < 70, 'no more than the line itself');
  await page.getByTestId('held-back').click();
  await eventually('then it is shown', async () => (await page.getByTestId('order').count()) === 3);
}, { people: everyPost });

story('a commander decides, urges and instructs with one thumb', async (house, server) => {
  const [first, second] = await orders(server, 2);
  assert(first && second);
  const water = await server.logIn(server.person('water'));
  const dispatcher = await server.logIn(server.person('dispatcher'));
  await water.command(first, 'return', { reason: '不属本部门职责' });
  await water.command(second, 'acknowledge');
  const until = new Date(Date.now() + 90 * 86_400_000).toISOString();
  await water.command(second, 'request_suspension', { reason: '等待材料', until });
  await dispatcher.command(second, 'decide_suspension', { approved: true });
  await server.post(await server.addKey('*'), morning());

  const page = await house.open('mayor', phone);
  await logIn(page, server, server.person('mayor'));
  assert.equal(new URL(page.url()).pathname, '/command', 'a commander begins on his phone at his page');
  await live(page);
  assert((await page.getByTestId('tile').count()) >= 6);
  await page.getByTestId('serious').first().waitFor();

  await page.getByTestId('sheet-second').click();
  const decisions = page.getByTestId('decision');
  await eventually('both wait for him', async () => (await decisions.count()) === 2);
  const suspension = page.locator('[data-testid=decision][data-decision=decide_suspension]');
  assert.match(await suspension.innerText(), /等待材料/);
  await suspension.getByTestId('agree').click();
  const operator = await server.logIn(server.person('operator'));
  await eventually('agreed', async () => (await operator.get(`/api/v1/incidents/${second}`)).suspended === true);

  const dispute = page.locator('[data-testid=decision][data-decision=decide_dispute]');
  await dispute.getByTestId('command-decide_dispute').click();
  const form = page.getByTestId('form-decide_dispute');
  await form.locator('[name=lead]').selectOption(department);
  await form.locator('.phrase').first().click();
  await form.getByTestId('command-send').click();
  await eventually('decided, once and for all', async () => (await operator.get(`/api/v1/incidents/${first}`)).state === 'dispatched');

  await page.getByTestId('sheet-main').click();
  const grave = page.getByTestId('serious').first();
  const incident = await grave.getAttribute('data-id') ?? '';
  await grave.getByTestId('command-urge').click();
  await page.getByTestId('form-urge').locator('.phrase').first().click();
  await page.getByTestId('form-urge').getByTestId('command-send').click();
  await eventually('urged', async () => (await operator.get(`/api/v1/incidents/${incident}`)).urged === 1);
}, { people: everyPost });

for (const language of ['zh', 'en']) {
  for (const theme of ['night', 'day']) {
    story(`orders and command pass axe in ${language}, ${theme}`, async (house, server) => {
      const [first] = await orders(server, 3);
      assert(first);
      await server.post(await server.addKey('*'), morning());
      const looks = { ...phone, theme, language };
      const page = await house.open('water', looks);
      await logIn(page, server, server.person('water'));
      await page.goto(`${server.base}/orders`);
      await live(page);
      assert.deepEqual(await axeFindings(page), [], 'orders');
      await press(page, first, 'return');
      assert.deepEqual(await axeFindings(page), [], 'a form');
      await order(page, first).locator('h2 a').click();
      await page.getByTestId('timeline-entry').first().waitFor();
      assert.deepEqual(await axeFindings(page), [], 'details');
      await page.goBack();
      await page.getByTestId('sheet-me').click();
      assert.deepEqual(await axeFindings(page), [], 'oneself');
      const sideways = () => page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      assert.equal(await sideways(), false, 'a phone never scrolls sideways');

      const command = await house.open('mayor', looks);
      await logIn(command, server, server.person('mayor'));
      await live(command);
      for (const sheet of ['main', 'second', 'me']) {
        await command.getByTestId(`sheet-${sheet}`).click();
        assert.deepEqual(await axeFindings(command), [], `command, ${sheet}`);
      }
    }, { people: everyPost });
  }
}

story('the map comes only when it is asked for, and opens what is pressed', async (house, server) => {
  const [first] = await orders(server, 1);
  assert(first);
  const page = await house.open('water', phone);
  /** @type {string[]} */
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await logIn(page, server, server.person('water'));
  await page.goto(`${server.base}/orders`);
  await live(page);
  assert(!asked.some((url) => url.includes('pocket_map')), 'not before');
  await page.getByTestId('sheet-map').click();
  await page.locator('.field-map[data-stage=open]').waitFor({ timeout: 60_000 });
  await page.locator('.map-mark').first().click();
  await page.locator(`[data-testid=details][data-id="${first}"]`).waitFor();
  await page.getByTestId('details-close').click();
  await eventually('closed again', async () => (await page.getByTestId('details').count()) === 0);
}, { people: everyPost });

story('the same command twice is done once, whatever the page does', async (_house, server) => {
  const [first] = await orders(server, 1);
  assert(first);
  const water = await server.logIn(server.person('water'));
  const { revision } = await water.get(`/api/v1/incidents/${first}`);
  const body = { id: randomUUID(), command: 'acknowledge', expected_revision: revision };
  const answers = await Promise.all([0, 1, 2].map(() => water.send(`/api/v1/incidents/${first}/commands`, body)));
  assert.deepEqual(new Set(answers.map(({ state }) => state)), new Set(['acknowledged']));
  assert.equal(await times(server, first, 'acknowledge'), 1);
}, { people: everyPost });
