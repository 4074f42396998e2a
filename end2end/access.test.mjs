// Everybody can use it: no serious or critical finding of axe on any page, in either theme, language or size.

import assert from 'node:assert/strict';
import { axeScript, choose, live, logIn, story } from './people.mjs';
import { morning } from './scene.mjs';

/** @param {import('./harness.mjs').Server} server */
async function oneLeader(server) {
  await server.addPerson('leader', 'shift_leader');
}

/** Findings that axe calls serious or critical, each in a line. The page's own policy forbids foreign scripts, so axe
 * comes in by the debugger, as a browser's own tools do.
 * @param {import('playwright-core').Page} page */
async function findings(page) {
  const loaded = await page.evaluate(() => 'axe' in window);
  if (!loaded) {
    const { readFile } = await import('node:fs/promises');
    await page.evaluate(await readFile(axeScript, 'utf8'));
  }
  const { violations } = await page.evaluate(() => /** @type {any} */ (window).axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  return violations
    .filter((/** @type {any} */ finding) => ['serious', 'critical'].includes(finding.impact))
    .flatMap((/** @type {any} */ finding) => finding.nodes.map((/** @type {any} */ node) => `${finding.id}: ${node.target} — ${node.failureSummary}`));
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
      assert.deepEqual(await findings(page), [], 'login');

      await logIn(page, server, leader);
      await page.goto(`${server.base}/desk`);
      await live(page);
      assert.match(await page.locator('html').getAttribute('lang') ?? '', new RegExp(`^${language}`));
      const first = await page.locator('[data-testid=incident-row]').first().getAttribute('data-id');
      assert(first);
      await choose(page, first);
      await page.getByTestId('timeline-entry').first().waitFor();
      assert.deepEqual(await findings(page), [], 'desk');

      await page.setViewportSize({ width: 390, height: 844 });
      assert.deepEqual(await findings(page), [], 'desk on a phone');
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      assert.equal(sideways, false, 'a phone never scrolls sideways');
    }, { people: oneLeader });
  }
}
