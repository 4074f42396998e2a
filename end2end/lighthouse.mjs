// What Lighthouse thinks of desk and wall on a desktop, of orders and command on a phone: fast and for everybody. The median of
// several looks counts.

import { createRequire } from 'node:module';
import { rm, mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Server } from './harness.mjs';
import { browserOptions, chromium } from './people.mjs';
import { morning } from './scene.mjs';

const LOOKS = 3;
/** Below what is asked it looks again, in case the machine was busy for a moment; the median of all counts. */
const MOST_LOOKS = 7;
const LEAST = { performance: 90, accessibility: 100, 'best-practices': 100 };
/** What a phone's page may transfer, in thousands of bytes, without the map. */
const MOST_TRANSFERRED = 350;
/** The machines that build this count 3,600 by Lighthouse's own measure; on one that counts less than this, Chromium without a
 * graphics card has not the time to draw the map's first frames, and less is asked. */
const QUICK_INDEX = 2_500;
const LEAST_WHEN_SLOW = 80;

const fromFrontend = createRequire(new URL('../frontend/package.json', import.meta.url));
const { default: lighthouse, desktopConfig } = await import(pathToFileURL(fromFrontend.resolve('lighthouse')).href);

/** @returns {Promise<number>} a port that was free just now */
function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** @param {number[]} values */
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const server = await Server.prepare();
const profile = await mkdtemp(join(tmpdir(), 'gulou-lighthouse-'));
const port = await freePort();
const browser = await chromium.launchPersistentContext(profile, {
  ...browserOptions, args: [...browserOptions.args, `--remote-debugging-port=${port}`],
});
let fits = true;
try {
  const leader = await server.addPerson('leader', 'shift_leader');
  const wall = await server.addPerson('hall', 'wall');
  const water = await server.addPerson('water', 'department', { department: 'swj' });
  const mayor = await server.addPerson('mayor', 'commander');
  await server.start();
  await server.post(await server.addKey('*'), morning());
  const desktop = { settings: desktopConfig, judged: ['performance', 'accessibility'] };
  // Lighthouse's own preset for phones: a slow processor on a slow line.
  const phone = { settings: undefined, judged: ['performance', 'accessibility', 'best-practices'] };
  for (const [path, person, { settings, judged }] of /** @type {const} */ ([
    ['/desk', leader, desktop], ['/wall', wall, desktop], ['/orders', water, phone], ['/command', mayor, phone],
  ])) {
    // In the browser's own jar: what a service worker fetches must be signed in too.
    await browser.clearCookies();
    const { cookie } = await server.logIn(person);
    await browser.addCookies(cookie.split('; ').map((one) => {
      const [name = '', value = ''] = one.split(/=(.*)/s);
      return { name, value, url: server.base };
    }));
    /** @type {Record<string, number[]>} */
    const scores = Object.fromEntries(judged.map((name) => [name, []]));
    /** @type {string[]} */
    let found = [];
    /** @type {number[]} */
    const indices = [];
    let transferred = 0;
    const tooLittle = () => median(scores.performance ?? []) < LEAST.performance;
    for (let look = 0; look < LOOKS || (tooLittle() && look < MOST_LOOKS); look += 1) {
      const { lhr } = await lighthouse(`${server.base}${path}`, {
        port, logLevel: 'error', output: 'json', onlyCategories: judged,
      }, settings);
      if (new URL(lhr.finalDisplayedUrl).pathname !== path) throw new Error(`${path} led to ${lhr.finalDisplayedUrl}`);
      indices.push(lhr.environment.benchmarkIndex);
      for (const [name, of] of Object.entries(scores)) of.push(Math.round(100 * lhr.categories[name].score));
      transferred = (lhr.audits['total-byte-weight']?.numericValue ?? 0) / 1000;
      found = Object.values(lhr.audits)
        .filter((audit) => audit.score !== null && audit.score < 0.9 && ['numeric', 'binary'].includes(audit.scoreDisplayMode))
        .map((audit) => `${audit.id} ${audit.displayValue ?? ''}`);
    }
    for (const [name, of] of Object.entries(scores)) {
      const slow = name === 'performance' && median(indices) < QUICK_INDEX;
      const least = slow ? LEAST_WHEN_SLOW : LEAST[/** @type {keyof typeof LEAST} */ (name)];
      const enough = median(of) >= least;
      fits &&= enough;
      console.log(`${path}, ${name}: ${median(of)} of 100 (${of.join(', ')}), at least ${least} at ${median(indices)} of Lighthouse's points for the machine${enough ? '' : `, which is too little: ${found.join('; ')}`}`);
    }
    if (settings === undefined) {
      const little = transferred <= MOST_TRANSFERRED;
      fits &&= little;
      console.log(`${path}, transferred: ${transferred.toFixed(0)} of ${MOST_TRANSFERRED} kB${little ? '' : ', which is too much'}`);
    }
  }
  await browser.close();
  await server.stop();
} finally {
  await browser.close();
  await server.clear();
  await rm(profile, { recursive: true, force: true });
}
process.exitCode = fits ? 0 : 1;
