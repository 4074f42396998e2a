// Everything by keys: the palette, the table of keys, one command to many, saved views, language and theme.

import assert from 'node:assert/strict';
import { choose, live, row, shown, stateIs, story, tab } from './people.mjs';
import { eventually } from './harness.mjs';
import { away, square } from './scene.mjs';

/** @param {import('./harness.mjs').Server} server */
async function oneLeader(server) {
  await server.addPerson('leader', 'shift_leader');
}

/** The one person there is, logged in by both doors. @param {import('./people.mjs').House} house @param {import('./harness.mjs').Server} server */
async function leaderAt(house, server) {
  const [leader] = server.people;
  assert(leader);
  return { leader, session: await server.logIn(leader), page: await house.atDesk(leader) };
}

/** @param {import('./harness.mjs').Session} session @param {number} east */
function manhole(session, east) {
  return session.send('/api/v1/incidents', { position: away(square, east, 0), text: '井盖缺失', category: 'C0102', severity: 3 });
}

story('the palette finds an incident, a place and a command, and never needs a mouse', async (house, server) => {
  const { session, page } = await leaderAt(house, server);
  const { id, number } = await manhole(session, 0);
  await row(page, id).waitFor();
  const field = page.locator('#palette-words');
  const entries = page.getByTestId('palette-entry');

  await page.keyboard.press('Control+k');
  await field.waitFor();
  await eventually('the field has the focus', () => field.evaluate((element) => element === document.activeElement));
  assert.equal(await field.getAttribute('role'), 'combobox');
  await page.keyboard.type(number.slice(-6));
  await entries.filter({ hasText: number }).waitFor();
  assert.equal(await field.getAttribute('aria-activedescendant'), await entries.first().getAttribute('id'));
  await page.keyboard.press('Enter');
  await shown(page, id);
  await field.waitFor({ state: 'detached' });

  await page.keyboard.press('Control+k');
  await page.keyboard.type('register');
  await entries.filter({ hasText: '立案' }).first().waitFor();
  await page.keyboard.press('Enter');
  await stateIs(page, 'registered');

  const before = await page.evaluate(() => /** @type {any} */ (window).__gulou.camera());
  await page.keyboard.press('Control+k');
  await page.keyboard.type('hm');
  await entries.filter({ hasText: '虎门镇' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await eventually('the map goes there', async () => {
    const camera = await page.evaluate(() => /** @type {any} */ (window).__gulou.camera());
    return JSON.stringify(camera) !== JSON.stringify(before);
  });

  await page.keyboard.press('Control+k');
  await field.waitFor();
  await page.keyboard.press('Escape');
  await field.waitFor({ state: 'detached' });
}, { people: oneLeader });

story('language and theme change from the palette without a reload', async (house, server) => {
  const { page } = await leaderAt(house, server);
  await page.evaluate(() => { /** @type {any} */ (window).stillTheSamePage = true; });
  /** @param {string} words */
  const choose = async (words) => {
    await page.keyboard.press('Control+k');
    await page.locator('#palette-words').waitFor();
    await page.keyboard.type(words);
    await page.getByTestId('palette-entry').first().waitFor();
    await page.keyboard.press('Enter');
  };
  await choose('English');
  await eventually('the page speaks English', async () => (await page.locator('html').getAttribute('lang')) === 'en');
  await page.getByRole('button', { name: 'New incident' }).waitFor();
  await choose('Day');
  await eventually('it is day', async () => (await page.locator('html').getAttribute('data-theme')) === 'day');
  await choose('中文');
  await page.getByRole('button', { name: '新建事件' }).waitFor();
  assert.equal(await page.evaluate(() => /** @type {any} */ (window).stillTheSamePage), true);
}, { people: oneLeader });

story('the question mark shows every key, and the keys do what it says', async (house, server) => {
  const { session, page } = await leaderAt(house, server);
  const { id } = await manhole(session, 0);
  await row(page, id).waitFor();
  await page.keyboard.press('?');
  const help = page.getByTestId('keys-help');
  await help.waitFor();
  const { commands } = await session.get('/api/v1/lifecycle');
  // A line of a plan is ticked where it stands.
  const keyed = commands.filter((/** @type {{command: string}} */ row) => row.command !== 'tick');
  assert.equal(await help.getByTestId('key-of-command').count(), keyed.length, 'every command has a key');
  await page.keyboard.press('Escape');
  await help.waitFor({ state: 'detached' });

  await page.keyboard.press('4');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await shown(page, id);
  await page.keyboard.press('c');
  const toast = page.getByTestId('toast');
  await toast.waitFor();
  assert.equal((await session.get(`/api/v1/incidents/${id}`)).claimed_by, 'leader');
  await page.keyboard.press('z');
  await eventually('the claim is taken back', async () => (await session.get(`/api/v1/incidents/${id}`)).claimed_by === null);
  await toast.waitFor({ state: 'hidden' });

  await page.keyboard.press('1');
  await page.keyboard.press('Shift+V');
  await page.locator('#view-name').waitFor();
  // A person types once the hand is in the field; on a busy machine that is a moment later.
  await eventually('the hand is in the name', () => page.locator('#view-name').evaluate((element) => element === document.activeElement));
  await page.keyboard.type('新的');
  await page.keyboard.press('Enter');
  await page.getByTestId('saved-view').filter({ hasText: '新的' }).waitFor();
  await tab(page, 'all');
  await page.reload();
  await live(page);
  await page.getByTestId('saved-view').filter({ hasText: '新的' }).waitFor();
  await page.keyboard.press('7');
  await page.locator('[data-testid=tab-new][aria-pressed=true]').waitFor();
}, { people: oneLeader });

story('one command to several, and each answers for itself', async (house, server) => {
  const { session, page } = await leaderAt(house, server);
  const [first, second, third] = [await manhole(session, 0), await manhole(session, 3000), await manhole(session, 6000)];
  await session.command(third.id, 'register');
  await tab(page, 'all');
  for (const { id } of [first, second, third]) await row(page, id).waitFor();
  for (let index = 0; index < 3; index += 1) {
    if (index === 0) await page.keyboard.press('j');
    await page.keyboard.press('x');
  }
  const batch = page.getByTestId('batch');
  await eventually('three are chosen', async () => (await batch.getByTestId('batch-row').count()) === 3);
  await batch.getByTestId('batch-command').selectOption('register');
  await batch.getByTestId('batch-send').click();
  for (const { id } of [first, second]) await batch.locator(`[data-id="${id}"]`).filter({ hasText: '已执行' }).waitFor();
  await batch.locator(`[data-id="${third.id}"]`).filter({ hasText: '未发送' }).waitFor();
  for (const { id } of [first, second]) assert.equal((await session.get(`/api/v1/incidents/${id}`)).state, 'registered');
  await page.keyboard.press('Escape');
  await batch.waitFor({ state: 'detached' });
  await choose(page, first.id);
  await stateIs(page, 'registered');
}, { people: oneLeader });
