// What a person opens comes in a file of its own: after the page works, at once when somebody is quicker, and whole when the
// line is down by then.

import assert from 'node:assert/strict';
import { live, logIn, story } from './people.mjs';

const PART = /\/desk_opened\.wasm$/;
const people = { people: (/** @type {import('./harness.mjs').Server} */ server) => server.addPerson('operator', 'operator') };

/** @param {import('./people.mjs').House} house @param {import('./harness.mjs').Server} server */
async function beforeTheDesk(house, server) {
  const [operator] = server.people;
  assert(operator);
  const page = await house.open('operator');
  await logIn(page, server, operator);
  return page;
}

story('the desk works before the rest of its code is asked for, and opens it without a line', async (house, server) => {
  const page = await beforeTheDesk(house, server);
  /** @type {string[]} */ const asked = [];
  page.on('request', (request) => { if (PART.test(request.url())) asked.push(request.url()); });
  await page.goto(`${server.base}/desk`);
  await live(page);
  assert.deepEqual(asked, [], 'nothing beyond the page itself is on its way while it comes to life');
  await page.waitForResponse((answer) => PART.test(answer.url()) && answer.ok());
  await page.waitForLoadState('networkidle').catch(() => undefined);
  house.expectsOutage = true;
  await page.context().setOffline(true);
  await page.keyboard.press('?');
  await page.getByTestId('keys-help').waitFor();
  await page.keyboard.press('?');
  await page.keyboard.press('n');
  await page.getByTestId('intake').waitFor();
  assert.equal(asked.length, 1, 'one file for all, asked for once');
}, people);

story('a part that does not arrive says so; the rest works on, and it comes when asked again', async (house, server) => {
  const page = await beforeTheDesk(house, server);
  let broken = true;
  house.expectsOutage = true;
  await page.route(PART, (route) => (broken ? route.abort('connectionfailed') : route.continue()));
  await page.goto(`${server.base}/desk`);
  await live(page);
  await page.keyboard.press('Control+k');
  const failed = page.getByTestId('part-failed');
  await failed.waitFor();
  await page.keyboard.press('Escape');
  await failed.waitFor({ state: 'detached' });
  await page.getByTestId('tab-all').click();
  await page.locator('[data-testid=tab-all][aria-pressed=true]').waitFor();
  broken = false;
  await page.keyboard.press('Control+k');
  await page.getByRole('button', { name: '重试' }).click();
  await page.locator('#palette-words').waitFor();
  await page.keyboard.type('n');
  await page.getByTestId('palette-entry').first().waitFor();
}, people);
