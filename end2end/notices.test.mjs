// Notices and files in real browsers: a mention rings where it is meant and nowhere else, whoever takes note of it silences all,
// a broken line says so and comes back; and a photo put to an order on a phone is seen at the desk.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { eventually } from './harness.mjs';
import { allRing, listening, notes, quietWithinMs } from './hearing.mjs';
import { axeFindings, choose, logIn, phone, shown, story } from './people.mjs';
import { square } from './scene.mjs';

/** @typedef {import('./people.mjs').Page} Page */
/** @typedef {import('./people.mjs').House} House */
/** @typedef {import('./harness.mjs').Server} Server */

const second = 1_000;
const [water, police] = ['swj', 'gaj'];
/** @param {Server} server */
async function everybody(server) {
  await server.addPerson('operator', 'operator');
  await server.addPerson('leader', 'shift_leader');
  await server.addPerson('dispatcher', 'dispatcher');
  await server.addPerson('water', 'department', { department: water });
  await server.addPerson('police', 'department', { department: police });
  await server.addPerson('sergeant', 'department', { department: police });
}

/** @param {Server} server @param {string} name */
function session(server, name) {
  return server.logIn(server.person(name));
}

/** A grave incident at a department that has taken its order. @param {Server} server @returns {Promise<string>} */
async function taken(server) {
  const { id } = await (await session(server, 'operator')).send('/api/v1/incidents', { position: square, text: '井盖缺失，有人跌入', category: 'C0102', severity: 1 });
  await (await session(server, 'leader')).command(id, 'register');
  await (await session(server, 'dispatcher')).command(id, 'dispatch', { lead: water });
  await (await session(server, 'water')).command(id, 'acknowledge');
  return id;
}

/** @param {Page} page @param {string} light @param {number} [count] */
async function bell(page, light, count) {
  await page.locator(`[data-testid=bell][data-light=${light}]`).waitFor();
  if (count !== undefined) await eventually(`the bell counts ${count}`, async () => Number((await page.getByTestId('bell').innerText()).match(/\d+/)?.[0]) === count);
}

story('a mention rings at the desks it is meant for, and whoever takes note of it silences both within a second', async (house, server) => {
  const incident = await taken(server);
  const [first, other, operator] = [await listening(house, server, 'police'), await listening(house, server, 'sergeant'), await listening(house, server, 'operator')];
  for (const desk of [first, other, operator]) await bell(desk, 'off', 0);
  const unmoved = (await notes(operator)).length;
  await (await session(server, 'operator')).command(incident, 'comment', { text: '请到场维持秩序', mentions: [police] });
  await allRing([first, other]);
  for (const desk of [first, other]) await bell(desk, 'red', 1);
  await bell(operator, 'off', 0);
  assert.equal((await notes(operator)).length, unmoved, 'nobody else is called');

  // By its key, and by the bell.
  await first.keyboard.press('Shift+J');
  await other.getByTestId('bell').click();
  for (const desk of [first, other]) {
    const said = await desk.getByTestId('notice-row').innerText();
    assert.match(said, /留言提到您/);
    assert.match(said, /发给 市公安局/);
  }
  assert.deepEqual(await axeFindings(first), []);
  const pressed = Date.now();
  await first.getByTestId('acknowledge-notice').click();
  await other.getByTestId('notice-row').waitFor({ state: 'detached', timeout: quietWithinMs });
  // Longer than the pause between two tones.
  await new Promise((next) => setTimeout(next, 6 * second));
  for (const desk of [first, other]) {
    const late = (await notes(desk)).filter((at) => at > pressed + quietWithinMs);
    assert.deepEqual(late.map((at) => at - pressed), [], 'no note begins a second after it was pressed');
    await bell(desk, 'off', 0);
  }
  await first.keyboard.press('Escape');
  await first.getByTestId('notice-list').waitFor({ state: 'detached' });
}, { people: everybody });

story('a broken line is said and comes back; a notice leads to its incident; all that are listed are acknowledged at once', async (house, server) => {
  const incident = await taken(server);
  const leader = await house.atDesk(server.person('leader'));
  await bell(leader, 'off', 0);
  await leader.getByTestId('bell').click();
  await leader.getByTestId('notice-list').waitFor();
  house.expectsOutage = true;
  await server.kill();
  await eventually('the bell says so', async () => /断/.test(await leader.getByTestId('bell').innerText()), 20 * second);
  await leader.getByTestId('notices-cut').waitFor();
  await server.start();
  const departments = await session(server, 'water');
  await departments.command(incident, 'escalate', { text: '需要市里协调' });
  await departments.command(incident, 'request_extension', { reason: '等待配件' });
  await (await session(server, 'operator')).command(incident, 'comment', { text: '请值班长看', mentions: ['leader'] });
  await bell(leader, 'red', 3);
  await leader.getByTestId('notices-cut').waitFor({ state: 'hidden' });
  await eventually('all are listed', async () => (await leader.getByTestId('notice-row').count()) === 3);
  await leader.getByTestId('notice-incident').first().click();
  await shown(leader, incident);
  await leader.getByTestId('acknowledge-shown').click();
  await bell(leader, 'off', 0);
  await eventually('none is listed', async () => (await leader.getByTestId('notice-row').count()) === 0);
  const { notices } = await (await session(server, 'leader')).get('/api/v1/notices');
  assert.deepEqual(notices, []);
}, { people: everybody });

/** Its small picture has come. @param {import('playwright-core').Locator} file */
async function isPictured(file) {
  await file.scrollIntoViewIfNeeded();
  await eventually('the picture is drawn', () => file.locator('img').evaluate((image) => /** @type {HTMLImageElement} */ (image).naturalWidth > 0));
}

story('a photo put to an order on a phone is seen at the desk, and what the desk adds is seen on the phone', async (house, server) => {
  const incident = await taken(server);
  await (await session(server, 'water')).command(incident, 'arrive');
  const operator = await house.atDesk(server.person('operator'));
  await choose(operator, incident);
  const atDesk = operator.getByTestId('attachment');
  const street = await house.open('water', phone);
  await logIn(street, server, server.person('water'));
  await street.locator('[data-testid=link-light][data-light=green]').waitFor();
  const order = street.locator(`[data-testid=order][data-id="${incident}"]`);
  await order.getByTestId('command-resolve').click();
  const form = street.getByTestId('form-resolve');
  await form.locator('[name=text]').fill('井盖已更换');
  await form.getByTestId('photos').setInputFiles({ name: '井盖.png', mimeType: 'image/png', buffer: await street.screenshot() });
  await form.getByText('井盖.png').waitFor();
  await form.getByTestId('command-send').click();
  await atDesk.first().waitFor({ timeout: 20 * second });
  assert.match(await atDesk.first().innerText(), /井盖\.(png|jpg)[^]*kB · water/);
  await isPictured(atDesk.first());
  const { timeline, attachments } = await (await session(server, 'operator')).get(`/api/v1/incidents/${incident}`);
  const done = timeline.find((/** @type {any} */ entry) => entry.command === 'resolve');
  assert(done.text.includes(`[附件 1：${attachments[0].id}]`), `the command names its photo: ${done.text}`);

  // The desk adds by choosing and by dropping; what is no picture is refused by its name.
  const { pathname } = new URL('../server/cities/dongguan/departments.csv', import.meta.url);
  const list = await readFile(pathname);
  house.expectsUnsupported = true;
  await operator.getByTestId('file-choose').setInputFiles([
    { name: '现场.png', mimeType: 'image/png', buffer: await operator.screenshot() },
    { name: '名单.pdf', mimeType: 'application/pdf', buffer: list },
  ]);
  await operator.getByTestId('files-refused').getByText('名单.pdf').waitFor();
  await eventually('the other was taken', async () => (await atDesk.count()) === 2);
  await operator.evaluate(async () => {
    const canvas = document.createElement('canvas');
    const blob = await new Promise((/** @type {(blob: Blob | null) => void} */ done) => { canvas.toBlob(done, 'image/png'); });
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([blob ?? ''], '拖入.png', { type: 'image/png' }));
    document.querySelector('[data-testid=file-drop]')?.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  });
  await eventually('what was dropped was taken', async () => (await atDesk.count()) === 3);
  assert.deepEqual(await axeFindings(operator), []);

  await street.goto(`${server.base}/orders#${incident}`);
  const onPhone = street.getByTestId('details').getByTestId('attachment');
  await eventually('the phone shows all', async () => (await onPhone.count()) === 3);
  await isPictured(onPhone.last());
  await street.getByTestId('details').getByTestId('file-choose').setInputFiles({ name: '收尾.png', mimeType: 'image/png', buffer: await street.screenshot() });
  await eventually('the desk shows what the phone adds', async () => (await atDesk.count()) === 4, 10 * second);
}, { people: everybody });
