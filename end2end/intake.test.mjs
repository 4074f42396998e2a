// A call comes in: while it is written down the desk says whose it is, by when, and what is already known nearby.

import assert from 'node:assert/strict';
import { choose, shown, story } from './people.mjs';
import { eventually, gulou } from './harness.mjs';
import { away } from './scene.mjs';

/** @param {import('./harness.mjs').Server} server */
async function oneOperator(server) {
  await server.addPerson('operator', 'operator');
}

story('a call is filed by keys alone, with its place by name and a look ahead', async (house, server) => {
  const [operator] = server.people;
  assert(operator);
  const page = await house.atDesk(operator);
  const session = await server.logIn(operator);
  await page.keyboard.press('n');
  await page.locator('#intake-text').waitFor();
  await eventually('the hand is in the words', () => page.locator('#intake-text').evaluate((element) => element === document.activeElement));
  await page.keyboard.type('虎门镇沿江路人行道井盖缺失');
  const preview = page.getByTestId('preview');
  await preview.getByText('C0102').first().waitFor();
  // The words name a place: it is offered without a letter typed into its field.
  await page.getByTestId('place').filter({ hasText: '虎门镇' }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await eventually('the place is filled in', async () => /^113\.\d+, 22\.\d+$/.test(await page.locator('#intake-position').inputValue()));
  await preview.getByText('权责清单').waitFor();
  const incidents = await session.get('/api/v1/incidents');
  assert.equal(incidents.incidents.length, 0, 'looking ahead keeps nothing');
  await page.keyboard.press('Control+Enter');
  const filed = await eventually('it is filed', async () => (await session.get('/api/v1/incidents')).incidents[0]);
  assert.equal(filed.category, 'C0102');
  assert.equal(filed.town, '虎门镇');
  await shown(page, filed.id);
}, { people: oneOperator });

story('a call survives a look at another incident, and is filed once however often it is sent', async (house, server) => {
  const [operator] = server.people;
  assert(operator);
  const session = await server.logIn(operator);
  const { places } = await session.get(`/api/v1/places?q=${encodeURIComponent('虎门')}`);
  const { id: other } = await session.send('/api/v1/incidents', { position: places[0].position, text: '路灯不亮' });
  const page = await house.atDesk(operator);
  await page.keyboard.press('n');
  await page.locator('#intake-text').fill('沿江路积水');
  await page.locator('#intake-position').fill('113.67, 22.81');
  await page.locator('#intake-category').selectOption('C0102');
  await page.locator('#intake-phone').fill('0769-1');
  await choose(page, other);
  await page.locator('body').press('n');
  assert.equal(await page.locator('#intake-text').inputValue(), '沿江路积水');
  assert.equal(await page.locator('#intake-category').inputValue(), 'C0102');
  assert.equal(await page.locator('#intake-phone').inputValue(), '0769-1');

  // The answer is lost on its way; the second try files nothing new.
  let lost = 0;
  house.expectsOutage = true;
  await page.route('**/api/v1/incidents', async (route) => {
    if (route.request().method() !== 'POST' || lost > 0) return route.continue();
    lost += 1;
    await route.fetch();
    return route.abort('connectionreset');
  });
  await page.getByTestId('intake-send').click();
  await page.locator('.intake .problem').filter({ hasText: /\S/ }).waitFor();
  assert.equal((await session.get('/api/v1/incidents')).incidents.length, 2);
  await page.locator('#intake-text').fill('沿江路积水，两车熄火');
  await page.getByTestId('intake-send').click();
  await page.locator('article.incident').filter({ hasText: '请核对内容' }).waitFor();
  const { incidents } = await session.get('/api/v1/incidents');
  assert.equal(incidents.length, 2, 'one call, one incident');
  assert.equal(lost, 1);
  await page.keyboard.press('n');
  assert.equal(await page.locator('#intake-text').inputValue(), '', 'the next call begins empty');
}, { people: oneOperator });

story('the preview is a pure read with reasons, and names what is probably the same', async (_house, server) => {
  const [operator] = server.people;
  assert(operator);
  const session = await server.logIn(operator);
  const { places } = await session.get(`/api/v1/places?q=${encodeURIComponent('虎门')}`);
  assert.equal(places[0].name, '虎门镇');
  const call = { position: places[0].position, text: '人行道井盖缺失' };
  const alone = await session.send('/api/v1/incidents/preview', call);
  assert.equal(alone.category, 'C0102');
  assert(alone.lead && alone.deadline.due_at && alone.deadline.explanation);
  assert.match(alone.why.responsibility, /依据/);
  assert.deepEqual(alone.suggestions, []);
  const { id } = await session.send('/api/v1/incidents', call);
  const again = await session.send('/api/v1/incidents/preview', { ...call, text: '路边井盖不见了' });
  assert.deepEqual(again.suggestions.map((/** @type {any} */ other) => other.incident), [id]);
  assert(again.suggestions[0].score > 0.5 && again.suggestions[0].reason);
  const unplaced = await session.send('/api/v1/incidents/preview', { text: '井盖缺失' });
  assert.equal(unplaced.lead, null);
  await assert.rejects(session.send('/api/v1/incidents/preview', { text: '  ' }), /422/);

  // Who called is kept, and shown as nothing but a token.
  const caller = { name: '陈女士', phone: '13800000000' };
  const told = await session.send('/api/v1/incidents', { position: away(places[0].position, 9000, 0), text: '路灯不亮', reporter: caller });
  const detail = await session.get(`/api/v1/incidents/${told.id}`);
  assert.match(detail.evidence[0].reporter, /^p[0-9a-f]{32}$/);
  assert(!JSON.stringify(detail).includes(caller.phone) && !JSON.stringify(detail).includes(caller.name));
  await assert.rejects(session.send('/api/v1/incidents', { ...call, reporter: '陈女士' }), /422.*reporter/s);
  // Stopped, the vault holds one entry and everything is sound.
  await server.stop();
  assert.match(await gulou(['verify', '--data', server.data]), /vault: 1 entr/);
}, { people: oneOperator });
