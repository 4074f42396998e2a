// One incident, three browsers: the shift leader's desk, a department's phone that loses its network in the middle, and the commander's
// phone. A return, a dispute, support, an extension, rework, check and close; in the end the log tells of each step once.

import assert from 'node:assert/strict';
import { choose, give, live, logIn, phone, stateIs, story } from './people.mjs';
import { eventually } from './harness.mjs';
import { square } from './scene.mjs';

/** @typedef {import('./people.mjs').Page} Page */
/** @typedef {import('./harness.mjs').Server} Server */

/** @param {Server} server */
async function everyPost(server) {
  await server.addPerson('operator', 'operator');
  await server.addPerson('leader', 'shift_leader');
  await server.addPerson('dispatcher', 'dispatcher');
  await server.addPerson('mayor', 'commander');
  await server.addPerson('streets', 'department', { department: 'cgj' });
  await server.addPerson('water', 'department', { department: 'swj' });
  await server.addPerson('traffic', 'department', { department: 'jjzd' });
}

/** @param {Page} page */
async function isLive(page) {
  await page.locator('[data-testid=link-light][data-light=green]').waitFor();
}

/** A department's phone at its orders. @param {import('./people.mjs').House} house @param {Server} server @param {string} name */
async function atItsOrders(house, server, name) {
  const page = await house.open(name, phone);
  await logIn(page, server, server.person(name));
  await page.goto(`${server.base}/orders`);
  await isLive(page);
  return page;
}

/** Presses a command of an order and fills its form, if it has one.
 * @param {Page} page @param {string} incident @param {string} command @param {Record<string, string>} [details] */
async function orders(page, incident, command, details) {
  const card = page.locator(`[data-testid=order][data-id="${incident}"]`);
  const button = card.getByTestId(`command-${command}`);
  await card.waitFor();
  if (!(await button.isVisible())) await card.getByTestId('more-commands').click();
  await button.click();
  if (!details) return;
  const form = page.getByTestId(`form-${command}`);
  for (const [name, value] of Object.entries(details)) await form.locator(`[name=${name}]`).fill(value);
  await form.getByTestId('command-send').click();
}

story('a whole case in three browsers, through a return, a dispute, an outage, an extension and rework', async (house, server) => {
  const [hotline, dispatcher, traffic] = await Promise.all(['operator', 'dispatcher', 'traffic'].map((name) => server.logIn(server.person(name))));
  assert(hotline && dispatcher && traffic);
  const { id: incident } = await hotline.send('/api/v1/incidents', { position: square, text: '路口积水过膝，车辆熄火', category: 'E0405', severity: 3 });
  const becomes = (/** @type {string} */ state) => eventually(`it is ${state}`, async () => (await hotline.get(`/api/v1/incidents/${incident}`)).state === state, 30_000);

  const leader = await house.atDesk(server.person('leader'));
  await live(leader);
  await choose(leader, incident);
  await give(leader, 'register');
  await stateIs(leader, 'registered');
  await dispatcher.command(incident, 'dispatch', { lead: 'cgj', supporting: ['jjzd'] });
  await stateIs(leader, 'dispatched');

  const streets = await atItsOrders(house, server, 'streets');
  await orders(streets, incident, 'return', { reason: '道路积水不属城管职责' });
  await becomes('registered');
  const { deadline: running } = await hotline.get(`/api/v1/incidents/${incident}`);
  await streets.close();

  const mayor = await house.open('mayor', phone);
  await logIn(mayor, server, server.person('mayor'));
  await mayor.goto(`${server.base}/command`);
  await isLive(mayor);
  await mayor.getByTestId('sheet-second').click();
  const dispute = mayor.locator('[data-testid=decision][data-decision=decide_dispute]');
  await dispute.getByTestId('command-decide_dispute').click();
  const decision = mayor.getByTestId('form-decide_dispute');
  await decision.locator('[name=lead]').selectOption('swj');
  await decision.locator('.phrase').first().click();
  await decision.getByTestId('command-send').click();
  await becomes('dispatched');
  const decided = await hotline.get(`/api/v1/incidents/${incident}`);
  assert.deepEqual([decided.lead, decided.hops, decided.deadline.due_at], ['swj', 2, running.due_at], 'decided once, at one hop, on the same clock');

  const water = await atItsOrders(house, server, 'water');
  await orders(water, incident, 'acknowledge');
  await becomes('acknowledged');
  await traffic.command(incident, 'accept_support');
  await traffic.command(incident, 'set_out', { eta_minutes: 9 });

  await water.evaluate(() => navigator.serviceWorker.ready);
  house.expectsOutage = true;
  await water.context().setOffline(true);
  await orders(water, incident, 'arrive');
  await orders(water, incident, 'request_extension', { reason: '水泵在途，需再给一点时间' });
  const waiting = water.locator(`[data-testid=order][data-id="${incident}"] [data-testid=queued]`);
  await eventually('both wait on the phone', async () => (await waiting.count()) === 2);
  assert.equal((await hotline.get(`/api/v1/incidents/${incident}`)).state, 'acknowledged');
  await water.context().setOffline(false);
  await becomes('handling');
  await eventually('the extension is asked for', async () => (await hotline.get(`/api/v1/incidents/${incident}`)).waiting.includes('extension'));
  await dispatcher.command(incident, 'decide_extension', { approved: true });

  await traffic.command(incident, 'arrive');
  await traffic.command(incident, 'resolve', { text: '交通已恢复' });
  await orders(water, incident, 'resolve', { text: '积水已排' });
  await stateIs(leader, 'resolved');
  await give(leader, 'rework', { reason: '低洼处仍有积水' });
  await stateIs(leader, 'handling');
  await orders(water, incident, 'resolve', { text: '再次排清，已复查' });
  await stateIs(leader, 'resolved');
  await hotline.command(incident, 'check', { passed: true, text: '现场核查无积水' });
  await stateIs(leader, 'checked');
  const { standards } = await hotline.get(`/api/v1/incidents/${incident}`);
  await give(leader, 'close', { standard: standards[0] });
  await stateIs(leader, 'closed');

  const { timeline, assignments } = await hotline.get(`/api/v1/incidents/${incident}`);
  /** @param {string} command */
  const times = (command) => timeline.filter((/** @type {{command: string}} */ entry) => entry.command === command).length;
  const once = ['register', 'dispatch', 'return', 'decide_dispute', 'acknowledge', 'accept_support', 'set_out', 'request_extension', 'decide_extension', 'rework', 'check', 'close'];
  for (const command of once) assert.equal(times(command), 1, command);
  assert.deepEqual([times('arrive'), times('resolve')], [2, 3]);
  assert.equal(assignments.length, 2);
}, { people: everyPost, minutes: 5 });
