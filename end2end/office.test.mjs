// Pages beside the map: a leader makes a roster and hands over with the report of the shift, somebody else reads it; an
// administrator ends a session and that browser is out; an auditor reads the log and sends nothing again.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { eventually } from './harness.mjs';
import { axeFindings, logIn, story } from './people.mjs';
import { report, square } from './scene.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('./harness.mjs').Server} Server */
/** @typedef {import('./people.mjs').House} House */

const second = 1_000;
/** A page asks every ten seconds, more or less. */
const anotherLook = 30 * second;

/** Somebody signed in and at one of the pages.
 * @param {House} house @param {Server} server @param {string} name @param {string} path @param {Parameters<House['open']>[1]} [options] */
async function at(house, server, name, path, options) {
  const page = await house.open(name, options);
  await logIn(page, server, server.person(name));
  await page.goto(server.base + path);
  await page.locator(`[data-testid=${path.slice(1)}]`).waitFor();
  return page;
}

/** No finding of axe and nothing sideways, at a desk and on a phone. @param {Page} page @param {string} what */
async function isForEverybody(page, what) {
  for (const size of [{ width: 1440, height: 900 }, { width: 390, height: 844 }]) {
    await page.setViewportSize(size);
    assert.deepEqual(await axeFindings(page), [], `${what} at ${size.width}`);
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert(sideways <= 0, `${what} at ${size.width} scrolls ${sideways} px sideways`);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

/** @param {Server} server */
async function aShift(server) {
  await server.addPerson('leader', 'shift_leader');
  await server.addPerson('operator', 'operator');
  await server.addPerson('water', 'department', { department: 'swj' });
}

/** @param {Page} page @param {string} name */
async function figure(page, name) {
  return (await page.getByTestId(`figure-${name}`).innerText()).trim();
}

story('a leader makes a roster and hands over with the report; somebody else reads it', async (house, server) => {
  const key = await server.addKey('*');
  await server.post(key, [
    report({ category: 'E0101', text: '道路积水', severity: 2 }),
    { source: 'fire-panels', id: 'F-1', version: 1, kind: 'alarm', time: new Date().toISOString(), category: 'E0406', thing: 'panel-1', position: square, severity: 1, text: '烟感报警' },
  ]);
  const leader = await at(house, server, 'leader', '/duty');
  await leader.getByTestId('rosters').waitFor({ state: 'attached' });
  await leader.getByText('还没有排班').waitFor();

  await leader.getByTestId('make-roster').click();
  const editor = leader.getByTestId('roster-editor');
  const row = editor.getByTestId('draft').first();
  await row.locator('[name=person]').fill('nemo');
  house.expectsInvalid = true;
  await editor.getByTestId('save-roster').click();
  await editor.getByText('第 1 班：没有这个账号').waitFor();
  await row.locator('[name=person]').fill('operator');
  const from = await row.locator('[name=from]').inputValue();
  const until = await row.locator('[name=until]').inputValue();
  await row.locator('[name=until]').fill(from);
  await editor.getByTestId('save-roster').click();
  await editor.getByText('第 1 班：结束不晚于开始').waitFor();
  house.expectsInvalid = false;
  await row.locator('[name=until]').fill(until);
  await editor.getByTestId('add-shift').click();
  const next = editor.getByTestId('draft').nth(1);
  assert.equal(await next.locator('[name=from]').inputValue(), until, 'the next begins as the first ends');
  await next.locator('[name=person]').fill('leader');
  await editor.getByTestId('save-roster').click();
  await editor.waitFor({ state: 'detached' });
  const room = leader.locator('[data-testid=rosters] [data-post=room]');
  await room.getByText('operator').waitFor();
  assert.match(await room.innerText(), /leader/, 'who comes next');
  assert.match(await room.getByTestId('reach').innerText(), /通知不到任何人/, 'the operator has no page open');
  const { rosters } = await (await server.logIn(server.person('leader'))).get('/api/v1/duty');
  assert.deepEqual(rosters[0].shifts.map((/** @type {any} */ shift) => shift.person), ['operator', 'leader']);
  assert.deepEqual([rosters[0].on_duty, rosters[0].reached], [['operator'], []]);

  await eventually('the report counts', async () => (await figure(leader, 'opened')) === '2');
  assert.equal(await figure(leader, 'open'), '2');
  assert.equal(await figure(leader, 'unacknowledged'), '1');
  assert.equal(await leader.locator('#report-opened li').count(), 2, 'the figure leads to what it counts');
  assert.match(await leader.locator('#report-opened li a').first().getAttribute('href') ?? '', /^\/desk\?incident=/);
  await leader.getByTestId('into-note').click();
  const text = leader.getByTestId('handover-text');
  assert.match(await text.inputValue(), /交接班报告：[^\n]+\n新增 2 · 办结 0 · 在办 2/);
  assert(await text.evaluate((element) => element === document.activeElement), 'the cursor is in the note');
  await leader.keyboard.press('Control+End');
  await leader.keyboard.type('\n泵站钥匙在柜里');
  await leader.getByTestId('hand-over').click();
  const note = leader.getByTestId('note').first();
  await note.getByText('泵站钥匙在柜里').waitFor();
  assert.equal(await text.inputValue(), '', 'written down, the field is free');
  await note.getByText('还没有人读过').waitFor();

  const operator = await at(house, server, 'operator', '/duty', { language: 'en', theme: 'day' });
  const theirs = operator.getByTestId('note').first();
  await theirs.getByText('泵站钥匙在柜里').waitFor();
  assert.equal(await operator.getByTestId('edit-roster').count(), 0, 'an operator sets no roster');
  await theirs.getByTestId('mark-read').click();
  await theirs.getByText('Read by operator').waitFor();
  await note.getByText('已阅：operator').waitFor({ timeout: anotherLook });

  // Who is elsewhere sees his own posts, and the figures of his own.
  const water = await at(house, server, 'water', '/duty');
  await water.getByText('您能看的岗位还没有交接班记录').waitFor();
  assert.equal(await water.getByTestId('figure-unacknowledged').count(), 0, 'alarms are the duty room\'s');

  await isForEverybody(leader, 'duty');
  await isForEverybody(operator, 'duty in English by day');
  await leader.emulateMedia({ media: 'print' });
  assert.equal(await leader.locator('.office-bar').isVisible(), false, 'paper has no bar');
  assert.equal(await leader.getByTestId('into-note').isVisible(), false);
  assert(await leader.locator('#report-opened li').first().isVisible());
  assert(await leader.getByText(/leader · .* 打印/).isVisible(), 'paper says who had it printed');
}, { people: aShift });

/** @param {Server} server */
async function somebodyAndAnAdministrator(server) {
  await server.addPerson('operator', 'operator');
  await server.addPerson('admin', 'administrator');
}

story('a session is ended and that browser is out; a password is changed and says what is wrong with it', async (house, server) => {
  const operator = await at(house, server, 'operator', '/people');
  const elsewhere = await server.logIn(server.person('operator'));
  await operator.reload();
  const mine = operator.getByTestId('my-sessions').getByTestId('session');
  await eventually('both are shown', async () => (await mine.count()) === 2);
  assert.equal(await operator.locator('[data-testid=session][data-current=true]').getByTestId('end-session').count(), 0);
  await operator.locator('[data-testid=session][data-current=false]').getByTestId('end-session').click();
  await eventually('one is left', async () => (await mine.count()) === 1);
  await assert.rejects(elsewhere.get('/api/v1/me'), /401/);

  const form = operator.getByTestId('password');
  const refused = operator.getByTestId('password-refused');
  const owner = server.person('operator');
  /** @param {string} old @param {string} fresh @param {string} [again] */
  const change = async (old, fresh, again = fresh) => {
    await operator.locator('#old-password').fill(old);
    await operator.locator('#new-password').fill(fresh);
    await operator.locator('#new-again').fill(again);
    await form.locator('button[type=submit]').click();
  };
  house.expectsInvalid = true;
  await change('not the password', 'drum-at-dusk-77');
  await refused.filter({ hasText: '旧密码不对' }).waitFor();
  await change(owner.password, 'short');
  await refused.filter({ hasText: '新密码至少 10 个字符' }).waitFor();
  await change(owner.password, 'drum-at-dusk-77', 'drum-at-dawn-77');
  await refused.filter({ hasText: '两遍新密码不一样' }).waitFor();
  house.expectsInvalid = false;
  await change(owner.password, 'drum-at-dusk-77');
  await form.getByText('密码已改').waitFor();
  assert.equal(await operator.locator('#new-password').inputValue(), '', 'what was typed is forgotten');
  owner.password = 'drum-at-dusk-77';
  await server.logIn(owner);
  assert.equal(await operator.getByTestId('everybody').count(), 0, 'others are the administrator\'s');
  await isForEverybody(operator, 'people');

  const admin = await at(house, server, 'admin', '/people', { language: 'en', theme: 'day' });
  const account = admin.locator('[data-testid=everybody] [data-account=operator]');
  await account.getByTestId('end-all').click();
  await account.getByText('Press again to confirm').waitFor();
  assert.equal((await (await server.logIn(server.person('admin'))).get('/api/v1/sessions?account=operator')).sessions.length > 0, true, 'one press ends nothing');
  house.expectsRefusal = true;
  await account.getByTestId('end-all').click();
  await account.waitFor({ state: 'detached' });
  await operator.goto(`${server.base}/people`);
  assert.match(operator.url(), /\/login/, 'that browser is out');
  await isForEverybody(admin, 'people for an administrator');
}, { people: somebodyAndAnAdministrator });

/** @param {Server} server */
async function thoseWhoLookAtTheLog(server) {
  await server.addPerson('operator', 'operator');
  await server.addPerson('admin', 'administrator');
  await server.addPerson('auditor', 'auditor');
}

story('an auditor reads the log and sees dead letters; only an administrator sends them again', async (house, server) => {
  const receiver = createServer((_request, answer) => { answer.writeHead(410).end(); });
  await new Promise((listening) => { receiver.listen(0, '127.0.0.1', () => listening(undefined)); });
  const address = receiver.address();
  assert(address && typeof address === 'object');
  try {
    const admin = await at(house, server, 'admin', '/letters');
    await admin.getByText('还没有接收方').waitFor();
    await admin.getByTestId('add-receiver').click();
    const form = admin.getByTestId('receiver-form');
    await form.locator('#receiver-id').fill('duty');
    house.expectsInvalid = true;
    await form.locator('#receiver-url').fill('ftp://x');
    await form.locator('button[type=submit]').click();
    await form.getByText('地址不能用').waitFor();
    house.expectsInvalid = false;
    await form.locator('#receiver-url').fill(`http://127.0.0.1:${address.port}/hook`);
    await form.getByText('指挥中心', { exact: true }).click();
    await form.locator('button[type=submit]').click();
    await admin.locator('[data-testid=receiver][data-id=duty]').waitFor();
    await server.post(await server.addKey('fire-*'), ['panel-1', 'panel-2'].map((thing, index) => ({
      source: 'fire-panels', id: `F-${index}`, version: 1, kind: 'alarm', time: new Date().toISOString(), category: 'E0406', thing,
      position: [square[0] + index / 20, square[1]], severity: 1, text: '烟感报警',
    })));
    const letters = admin.getByTestId('letter');
    await eventually('nobody took them', async () => (await letters.count()) >= 2, anotherLook);

    const auditor = await at(house, server, 'auditor', '/letters', { language: 'en', theme: 'day' });
    await auditor.getByTestId('letter').first().waitFor();
    assert.equal(await auditor.getByTestId('retry').count(), 0, 'an auditor only looks');
    assert.equal(await auditor.getByTestId('discard').count(), 0);
    assert.equal(await auditor.getByTestId('receiver').count(), 0, 'secrets are not for auditors');
    const id = await letters.first().getAttribute('data-id');
    const look = await server.logIn(server.person('auditor'));
    await assert.rejects(look.send(`/api/v1/webhooks/letters/${id}/retry`, {}), /403/);
    await auditor.getByTestId('sent').locator('tbody tr').first().waitFor();
    await isForEverybody(auditor, 'letters');

    const thrown = letters.filter({ hasText: id ?? '' });
    await thrown.getByTestId('discard').click();
    await thrown.getByTestId('discard').click();
    await admin.getByTestId('letter-done').filter({ hasText: '已弃去' }).waitFor();
    await admin.getByTestId('retry').first().click();
    await admin.getByTestId('letter-done').filter({ hasText: '再送' }).waitFor();
    await isForEverybody(admin, 'letters for an administrator');

    await auditor.goto(`${server.base}/audit`);
    const entries = auditor.getByTestId('entry');
    await entries.first().waitFor();
    const { entries: [newest] } = await look.get('/api/v1/audit?limit=1');
    await auditor.getByTestId('head-hash').filter({ hasText: newest.sha256 }).waitFor({ timeout: anotherLook });
    await auditor.locator('#audit-what').selectOption('notify');
    await auditor.getByTestId('log-filter').locator('button[type=submit]').click();
    await eventually('only those', async () => (await entries.count()) === 1 && (await entries.first().getAttribute('data-what')) === 'notify');
    assert.match(await entries.first().innerText(), /admin/);
    await auditor.locator('#audit-who').fill('operator');
    await auditor.getByTestId('log-filter').locator('button[type=submit]').click();
    await auditor.getByText('Nothing fits').waitFor();
    await isForEverybody(auditor, 'audit');

    const operator = await at(house, server, 'operator', '/audit');
    await operator.getByText('审计日志由审计与管理员查看').waitFor();
    assert.equal(await operator.locator('.office-links a[href="/audit"]').count(), 0, 'no link to what is of no use');
  } finally {
    receiver.close();
  }
}, { people: thoseWhoLookAtTheLog, options: ['--webhook-network', '127.0.0.0/8'] });
