// Everybody can use it: no serious or critical finding of axe on any page, in either theme, language or size.

import assert from 'node:assert/strict';
import { axeFindings, choose, live, logIn, story } from './people.mjs';
import { morning } from './scene.mjs';

/** @param {import('./harness.mjs').Server} server */
async function oneLeader(server) {
  await server.addPerson('leader', 'shift_leader');
}

for (const language of ['zh', 'en']) {
  for (const theme of ['night', 'day']) {
    story(`login and desk pass axe in ${language}, ${theme}`, async (house, server) => {
      const [leader] = server.people;
      assert(leader);
      await server.post(await server.addKey('*'), morning());
      const page = await house.open('leader', { language, theme });
      await page.goto(`${server.base}/login`);
      assert.match(await page.locator('html').getAttribute('lang') ?? '', new RegExp(`^${language}`));
      assert.equal(await page.locator('html').getAttribute('data-theme'), theme);
      assert.deepEqual(await axeFindings(page), [], 'login');

      await logIn(page, server, leader);
      await page.goto(`${server.base}/desk`);
      await live(page);
      assert.match(await page.locator('html').getAttribute('lang') ?? '', new RegExp(`^${language}`));
      const first = await page.locator('[data-testid=incident-row]').first().getAttribute('data-id');
      assert(first);
      await choose(page, first);
      await page.getByTestId('timeline-entry').first().waitFor();
      assert.deepEqual(await axeFindings(page), [], 'desk');

      await page.setViewportSize({ width: 390, height: 844 });
      assert.deepEqual(await axeFindings(page), [], 'desk on a phone');
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      assert.equal(sideways, false, 'a phone never scrolls sideways');
    }, { people: oneLeader });
  }
}
