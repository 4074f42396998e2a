// People at their browsers: one context a person, no way out of the machine, nothing wrong in the console.

import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { Server, eventually } from './harness.mjs';

const fromFrontend = createRequire(new URL('../frontend/package.json', import.meta.url));
/** @type {typeof import('playwright-core')} */
export const { chromium } = fromFrontend('playwright-core');
/** @type {string} */
const axeScript = fromFrontend.resolve('axe-core/axe.min.js');

const shots = join(import.meta.dirname, 'shots');
export const browserOptions = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ],
};

/** Somebody in the street, by day. */
export const phone = {
  viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, theme: 'day',
  userAgent: 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36',
};

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('./harness.mjs').Person} Person */

export class House {
  /** What browsers did that they must not: requests elsewhere, errors in the console. @type {string[]} */
  complaints = [];
  /** @type {Map<string, Page>} */ pages = new Map();

  /** @param {Server} server @param {import('playwright-core').Browser} browser */
  constructor(server, browser) {
    this.server = server;
    this.browser = browser;
  }

  /** A browser of its own for somebody, logged out.
   * @param {string} name @param {import('playwright-core').BrowserContextOptions & {language?: string, theme?: string}} [options] */
  async open(name, { language = 'zh', theme, ...options } = {}) {
    const context = await this.browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    const { base } = this.server;
    /** @param {string} key @param {string | undefined} value */
    const cookie = (key, value) => (value ? [{ name: key, value, url: base }] : []);
    await context.addCookies([...cookie('language', language), ...cookie('theme', theme)]);
    await context.route((url) => url.origin !== base && url.protocol.startsWith('http') && !this.allowed.has(url.origin), (route) => {
      this.complaints.push(`${name}'s browser asked ${route.request().url()}`);
      return route.abort();
    });
    const page = await context.newPage();
    page.on('websocket', (socket) => {
      if (new URL(socket.url()).host !== new URL(base).host) this.complaints.push(`${name}'s browser opened ${socket.url()}`);
    });
    page.on('pageerror', (error) => this.complaints.push(`${name}'s page failed: ${error.stack ?? error}`));
    page.on('console', (message) => {
      const outage = this.expectsOutage && /ERR_(CONNECTION|FAILED|INTERNET_DISCONNECTED|SOCKET_NOT_CONNECTED|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)|WebSocket connection|Failed to fetch|Worker failed to load/.test(message.text());
      const expected = outage || (this.expectsRefusal && /status of 401/.test(message.text()))
        || (this.expectsInvalid && /status of 422/.test(message.text())) || (this.expectsUnsupported && /status of 415/.test(message.text()))
        || (this.expectsMissing && /status of 404/.test(message.text())) || (this.expectsConflict && /status of 409/.test(message.text()));
      if (message.type() === 'error' && !expected) this.complaints.push(`${name}'s console: ${message.text()} (${message.location().url})`);
    });
    this.pages.set(name, page);
    return page;
  }

  /** Whom browsers may ask beside the server, by their origins. @type {Set<string>} */
  allowed = new Set();

  /** While true, browsers may say that the server cannot be reached. */
  expectsOutage = false;

  /** While true, a 401 is part of the story. */
  expectsRefusal = false;

  /** While true, a 404 is part of the story. */
  expectsMissing = false;

  /** While true, a 422 is part of the story: somebody types what is not taken. */
  expectsInvalid = false;

  /** While true, a 415 is part of the story. */
  expectsUnsupported = false;

  /** While true, a 409 is part of the story. */
  expectsConflict = false;

  /** Somebody logged in and at the desk, with handlers attached.
   * @param {Person} person @param {Parameters<House['open']>[1]} [options] */
  async atDesk(person, options) {
    const page = await this.open(person.name, options);
    await logIn(page, this.server, person);
    await page.goto(`${this.server.base}/desk`);
    await live(page);
    return page;
  }

  /** The operator at a desk whose address says where it looks, with the map and its tools there; once more in the same browser.
   * @param {string} query @param {Parameters<House['open']>[1] & {script?: () => void}} [options] */
  async atMap(query, { script, ...options } = {}) {
    const operator = this.server.people.find((person) => person.name === 'operator');
    if (!operator) throw new Error('there is no operator');
    let page = this.pages.get('operator');
    if (!page) {
      page = await this.open('operator', { permissions: ['clipboard-read', 'clipboard-write'], ...options });
      if (script) await page.addInitScript(script);
      await logIn(page, this.server, operator);
    }
    await page.goto(`${this.server.base}/desk${query}`);
    await live(page);
    await eventually('the map is open', async () => (await tells(/** @type {Page} */ (page)).camera()) !== null, 60_000);
    await page.getByTestId('tools').waitFor({ state: 'attached' });
    return page;
  }
}

/** @param {Page} page @param {Server} server @param {Person} person */
export async function logIn(page, server, person) {
  await page.goto(`${server.base}/login`);
  await page.locator('input[name=name]').fill(person.name);
  await page.locator('input[name=password]').fill(person.password);
  await page.locator('button[type=submit]').first().click();
  await page.waitForURL((url) => !url.pathname.startsWith('/login'));
}

/** Waits until handlers are attached and the connection stands. @param {Page} page */
export async function live(page) {
  await page.locator('[data-testid=link-light][data-light=green]').waitFor();
}

/** @param {Page} page @param {string} incident */
export function row(page, incident) {
  return page.locator(`[data-testid=incident-row][data-id="${incident}"]`);
}

/** Shows the incident in the detail column. @param {Page} page @param {string} incident */
export async function choose(page, incident) {
  await tab(page, 'all');
  await row(page, incident).click();
  await shown(page, incident);
}

/** Waits until the detail column shows the incident. @param {Page} page @param {string} incident */
export async function shown(page, incident) {
  await page.locator(`[data-testid=detail] [data-id="${incident}"][data-state]`).waitFor();
}

/** @param {Page} page @param {'new' | 'mine' | 'late' | 'all' | 'tray'} name */
export async function tab(page, name) {
  await page.getByTestId(`tab-${name}`).click();
}

/** Presses a command's button in the detail column, unfolding the rarer ones if need be.
 * @param {Page} page @param {string} command */
export async function press(page, command) {
  const button = page.getByTestId(`command-${command}`);
  await button.waitFor({ state: 'attached' });
  if (!(await button.isVisible())) await page.getByTestId('more-commands').click();
  await button.click();
}

/** Gives a command as a person does: its button, then what it asks for.
 * @param {Page} page @param {string} command @param {Record<string, string>} [details] */
export async function give(page, command, details = {}) {
  await press(page, command);
  if (Object.keys(details).length === 0) return;
  const form = page.getByTestId(`form-${command}`);
  for (const [name, value] of Object.entries(details)) {
    const segment = form.getByTestId(`${name}-${value}`);
    const field = form.locator(`[name="${name}"]`);
    await segment.or(field).first().waitFor();
    if (await segment.count()) await segment.click();
    else if (await field.evaluate((element) => element instanceof HTMLSelectElement)) await field.selectOption(value);
    else await field.fill(value);
  }
  await form.getByTestId('command-send').click();
}

/** @param {Page} page @param {string} state */
export async function stateIs(page, state) {
  await page.locator(`[data-testid=detail] [data-state="${state}"]`).waitFor();
}

/** One test with a server of its own, its people, and their browsers; all of it is shown if it fails.
 * @param {string} title @param {(house: House, server: Server) => Promise<void>} tell
 * @param {{options?: string[], people?: (server: Server) => Promise<unknown>, minutes?: number}} [setting] */
export function story(title, tell, { options = [], people, minutes = 3 } = {}) {
  test(title, { timeout: minutes * 60_000 }, () => inHouse(title, options, async (house, server) => {
    await people?.(server);
    await server.start();
    await tell(house, server);
    if (house.complaints.length) throw new Error(house.complaints.join('\n'));
  }));
}

/** A server not yet started and a browser, both ended and cleared away whatever happens.
 * @param {string} title @param {string[]} options @param {(house: House, server: Server) => Promise<void>} use */
export async function inHouse(title, options, use) {
  const server = await Server.prepare(options);
  const browser = await chromium.launch(browserOptions);
  const house = new House(server, browser);
  try {
    await use(house, server);
    await browser.close();
    await server.stop();
  } catch (error) {
    await showWhatWasThere(title, house, server);
    throw error;
  } finally {
    await browser.close();
    await server.clear();
  }
}

/** @param {string} title @param {House} house @param {Server} server */
async function showWhatWasThere(title, house, server) {
  await mkdir(shots, { recursive: true });
  for (const [name, page] of house.pages) {
    const file = `${title} ${name}`.replaceAll(/[^\p{Letter}\p{Number}]+/gu, '-').slice(0, 80);
    await page.screenshot({ path: join(shots, `${file}.png`) }).catch(() => undefined);
  }
  console.log(`complaints of browsers:\n${house.complaints.join('\n') || 'none'}`);
  console.log(`the server's log:\n${server.log()}`);
}

/** Findings that axe calls serious or critical, each in a line. The page's own policy forbids foreign scripts, so axe
 * comes in by the debugger, as a browser's own tools do.
 * @param {Page} page @returns {Promise<string[]>} */
export async function axeFindings(page) {
  const loaded = await page.evaluate(() => 'axe' in window);
  if (!loaded) await page.evaluate(await readFile(axeScript, 'utf8'));
  const { violations } = await page.evaluate(() => /** @type {any} */ (window).axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  return violations
    .filter((/** @type {any} */ finding) => ['serious', 'critical'].includes(finding.impact))
    .flatMap((/** @type {any} */ finding) => finding.nodes.map((/** @type {any} */ node) => `${finding.id}: ${node.target} — ${node.failureSummary}`));
}

/** Texts of walls and themes that are cut off, or that lie over another's. @param {Page} page @returns {Promise<string[]>} */
export async function textsThatDoNotFit(page) {
  return page.evaluate(() => {
    const found = [];
    const boxes = [];
    for (const element of document.querySelectorAll('.wall-top *, .wall-left *, .wall-right *, .theme-page main *')) {
      if (!(element instanceof HTMLElement) || !element.checkVisibility({ checkOpacity: true })) continue;
      const own = [...element.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.textContent?.trim());
      if (!own || element.matches('.unseen, .unseen *')) continue;
      const text = element.innerText.slice(0, 40);
      if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0) found.push(`${text}: wider than its place`);
      if (getComputedStyle(element).overflow === 'hidden' && element.scrollHeight > element.clientHeight + 2) found.push(`${text}: higher than its place`);
      const range = document.createRange();
      range.selectNodeContents(element);
      const box = range.getBoundingClientRect();
      const around = element.closest('.wall-top, .wall-row, .wall-left, .wall-right, .figure, main')?.getBoundingClientRect();
      if (around && (box.right > around.right + 1 || box.bottom > around.bottom + 2)) found.push(`${text}: beyond its part of the page`);
      boxes.push({ element, text, box });
    }
    for (const [index, one] of boxes.entries()) {
      for (const other of boxes.slice(index + 1)) {
        if (one.element.contains(other.element) || other.element.contains(one.element)) continue;
        const wide = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const high = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        // Lines may touch: a box of text is higher than its letters.
        if (wide > 2 && high > 0.45 * Math.min(one.box.height, other.box.height)) found.push(`${one.text} / ${other.text}: one over the other`);
      }
    }
    return found;
  });
}

/** What the page says about itself to tests. @param {Page} page */
export function tells(page) {
  /** @type {(what: string) => Promise<any>} */
  const ask = (what) => page.evaluate((name) => /** @type {any} */ (window).__gulou[name](), what);
  return { camera: () => ask('camera'), digest: () => ask('digest'), position: () => ask('position'), subscription: () => ask('subscription') };
}

/** The point of the page where a place is drawn. @param {Page} page @param {[number, number]} place */
export async function pointOf(page, [lng, lat]) {
  const box = await page.locator('#map').boundingBox();
  if (!box) throw new Error('there is no map');
  const camera = await tells(page).camera();
  const side = 512 * 2 ** camera.zoom;
  const y = (/** @type {number} */ latitude) => (0.5 - Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360)) / (2 * Math.PI)) * side;
  return { x: box.x + box.width / 2 + ((lng - camera.lng) / 360) * side, y: box.y + box.height / 2 + y(lat) - y(camera.lat) };
}

/** The page's own picture against a fresh connection's with the same subscription, once both are at one position.
 * @param {Page} page */
export async function digestsAgree(page) {
  return eventually('the page and the server agree', async () => {
    const page_ = await tells(page).digest();
    const server = await page.evaluate(askServerForDigest, await tells(page).subscription());
    if (page_.position !== server.position) return undefined;
    if (page_.sha256 !== server.sha256) throw new Error(`page ${JSON.stringify(page_)}, server ${JSON.stringify(server)}`);
    return page_;
  }, 30_000);
}

/** Runs in the page: the browser brings the session along. @param {object} subscription @returns {Promise<any>} */
function askServerForDigest(subscription) {
  return new Promise((done, failed) => {
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/api/v1/live`, 'gulou.v1.json');
    socket.onopen = () => socket.send(JSON.stringify({ subscribe: { ...subscription, resume: null } }));
    socket.onerror = () => failed(new Error('no second connection'));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.snapshot) socket.send(JSON.stringify({ digest: true }));
      if (!message.digest) return;
      done(message.digest);
      socket.close();
    };
  });
}
