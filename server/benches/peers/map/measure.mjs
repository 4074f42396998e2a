// What a thousand moves cost the main thread of a page, twenty times a second: the desk behind a door that feeds it frames
// written by the same code as the server's, and each map library on a page of its own, fed with the same moves as numbers.
// measure.mjs FOLDER TICKS ROUNDS; prints JSON.

import { readFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join, normalize } from 'node:path';
import { browserOptions, chromium } from '../../../../end2end/people.mjs';
import { Server } from '../../../../end2end/harness.mjs';

const { WebSocketServer } = createRequire(import.meta.url)('ws');
const [folder = '', ticksAsked, waitedAsked, roundsAsked] = process.argv.slice(2);
/** A round: so many ticks on the clock, then so many of which each is waited for until it stands on the screen. */
const [TICKS, WAITED, ROUNDS] = [Number(ticksAsked), Number(waitedAsked), Number(roundsAsked)];
const TICK_MS = 50;
/** A peer that needs longer shows fewer ticks. */
const MOST_WAITED_MS = 8_000;
const MOST_OF_ONE_MS = 120_000;
/** Who keeps up with twenty ticks a second; the others would only be behind. */
const ON_THE_CLOCK = ['ours', 'empty', 'deck'];
const MOVES_BYTES = 1_000 * 12;
const KEEP_ALIVE_MS = 10_000;
const SIDES = ['empty', 'maplibre-set', 'maplibre-update', 'deck', 'openlayers', 'leaflet'];
const libraries = join(import.meta.dirname, '..', 'node_modules');
const ours = join(import.meta.dirname, '..', '..', '..', '..', 'frontend', 'node_modules');
/** @type {Record<string, string>} */
const kinds = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.bin': 'application/octet-stream' };

const moves = await readFile(join(folder, 'moves.bin'));
const frames = framesOf(await readFile(join(folder, 'frames.bin')));
const wholes = { units: await readFile(join(folder, 'units.bin')), incidents: await readFile(join(folder, 'incidents.bin')) };

/** @param {Buffer} bytes each frame behind its length */
function framesOf(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32LE(at);
    found.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

/** @param {Buffer} bytes @param {number} at */
function endOfNumber(bytes, at) {
  let end = at;
  while (bytes.readUInt8(end) & 0x80) end += 1;
  return end + 1;
}

/** A number as postcard writes it, sign in the lowest bit. @param {bigint} value */
function signed(value) {
  let left = value >= 0n ? value << 1n : (-value << 1n) - 1n;
  const out = [];
  for (; left >= 0x80n; left >>= 7n) out.push(Number(left & 0x7fn) | 0x80);
  out.push(Number(left));
  return Buffer.from(out);
}

/** The frame as if it were written now: what stands behind its two positions is its moment. @param {Buffer} frame */
function now(frame) {
  const at = endOfNumber(frame, endOfNumber(frame, 2));
  return Buffer.concat([frame.subarray(0, at), signed(BigInt(Date.now())), frame.subarray(endOfNumber(frame, at))]);
}

/** Nothing happened, at a position. @param {number} position */
function nothing(position) {
  const number = [];
  let left = position;
  for (; left >= 0x80; left >>>= 7) number.push((left & 0x7f) | 0x80);
  return now(Buffer.from([...wholes.units.subarray(0, 1), 1, ...number, left, 0, 0]));
}

/** In front of the server: hands on everything but the live lines, and serves the pages of the peers.
 * @param {Server} server */
async function door(server) {
  /** @type {Map<string, import('ws').WebSocket>} */
  const lines = new Map();
  const host = new URL(server.base);
  const web = createServer(async (asked, answer) => {
    const url = new URL(asked.url ?? '/', 'http://door');
    if (url.pathname.startsWith('/peer/')) {
      const name = normalize(url.pathname.slice('/peer/'.length));
      for (const root of [import.meta.dirname, folder, libraries, ours]) {
        const body = await readFile(join(root, name)).catch(() => undefined);
        if (!body) continue;
        answer.writeHead(200, { 'content-type': kinds[extname(name)] ?? 'application/octet-stream' }).end(body);
        return;
      }
      answer.writeHead(404).end();
      return;
    }
    const onward = request({ host: host.hostname, port: host.port, path: asked.url, method: asked.method, headers: asked.headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    onward.on('error', () => answer.writeHead(502).end());
    asked.pipe(onward);
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (/** @type {Set<string>} */ offered) => [...offered][0] ?? false });
  web.on('upgrade', (asked, socket, head) => {
    sockets.handleUpgrade(asked, socket, head, (/** @type {import('ws').WebSocket} */ line) => {
      const side = new URL(asked.url ?? '/', 'http://door').searchParams.get('side');
      if (side) {
        lines.set(side, line);
        line.on('message', (/** @type {Buffer} */ said) => stands(side, Number(said)));
        return;
      }
      // Of what the desk asks, the first layer stands behind version, kind, box and zoom.
      line.once('message', (/** @type {Buffer} */ ask) => {
        const units = ask.readUInt8(2 + 4 * 8 + 4 + 1) >= 2;
        lines.set(units ? 'ours' : 'incidents', line);
        line.send(units ? wholes.units : wholes.incidents);
      });
    });
  });
  await new Promise((done) => web.listen(0, '127.0.0.1', () => done(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (web.address());
  return { base: `http://127.0.0.1:${address.port}`, lines, close: () => { sockets.close(); web.closeAllConnections(); web.close(); } };
}

/** What a page's main thread has worked until now, in milliseconds of its own clock. @param {import('playwright-core').CDPSession} session */
async function worked(session) {
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1_000;
}

const pause = (/** @type {number} */ ms) => new Promise((done) => setTimeout(done, ms));

const server = await Server.prepare();
const leader = await server.addPerson('leader', 'shift_leader');
await server.start();
const front = await door(server);
const browser = await chromium.launch({ ...browserOptions, args: [...browserOptions.args, '--use-angle=swiftshader', '--enable-unsafe-swiftshader'] });
/** @type {Record<string, {page: import('playwright-core').Page, session: import('playwright-core').CDPSession}>} */
const pages = {};
/** @type {Record<string, {main_ms: number[], shown_ms: number[], stands_ms: number[], astray?: number, digest?: string}>} */
const found = {};
/** How many ticks each side was sent. @type {Record<string, number>} */
const sent = {};
/** Who waits for which tick of a side. @type {Map<string, {tick: number, done: () => void}>} */
const waiting = new Map();

/** A side says which tick its screen shows. @param {string} side @param {number} tick */
function stands(side, tick) {
  const waits = waiting.get(side);
  if (waits && tick >= waits.tick) waits.done();
}
const alive = setInterval(() => {
  front.lines.get('incidents')?.send(nothing(1));
  front.lines.get('ours')?.send(nothing((sent.ours ?? 0) + 1));
}, KEEP_ALIVE_MS);

/** @param {string} side @param {import('playwright-core').BrowserContext} context */
async function open(side, context) {
  const page = await context.newPage();
  page.on('pageerror', (error) => console.error(`${side}: ${error}`));
  if (side === 'ours') {
    // A frame of the live layer ends with a fence: then what the page holds stands.
    await page.addInitScript(() => {
      const line = new WebSocket(`ws://${location.host}/?side=shown-ours`);
      const kind = /** @type {any} */ (WebGL2RenderingContext.prototype);
      const fence = kind.fenceSync;
      kind.fenceSync = function fenced(/** @type {any[]} */ ...parameters) {
        const position = /** @type {any} */ (window).__gulou?.drawn?.();
        if (position && line.readyState === 1 && this.canvas.className === 'live-canvas') line.send(String(position - 1));
        return fence.apply(this, parameters);
      };
    });
    await page.goto(`${front.base}/login`);
    await page.locator('input[name=name]').fill(leader.name);
    await page.locator('input[name=password]').fill(leader.password);
    await page.locator('button[type=submit]').first().click();
    await page.waitForURL((url) => url.pathname.startsWith('/desk'));
    await page.waitForFunction(() => /** @type {any} */ (window).__gulou?.things?.()?.count === 50_000, undefined, { timeout: 120_000, polling: 2_000 });
  } else {
    await page.goto(`${front.base}/peer/page.html?side=${side}`);
    await page.waitForFunction(() => /** @type {any} */ (window).ready === true, undefined, { timeout: 120_000 });
  }
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  pages[side] = { page, session };
  found[side] = { main_ms: [], shown_ms: [], stands_ms: [] };
  sent[side] = 0;
}

/** @param {string} side */
function send(side) {
  const index = sent[side] ?? 0;
  sent[side] = index + 1;
  const line = front.lines.get(side);
  if (side === 'ours') line?.send(now(/** @type {Buffer} */ (frames[index])));
  else line?.send(moves.subarray(index * MOVES_BYTES, (index + 1) * MOVES_BYTES));
}

/** Sends one more tick, and waits until it stands on the screen. @param {string} side */
async function sendAndWait(side) {
  const shown = new Promise((done, failed) => {
    const tick = (sent[side] ?? 0) + 1;
    const late = setTimeout(() => failed(new Error(`${side} did not show tick ${tick} within ${MOST_OF_ONE_MS / 1_000} s`)), MOST_OF_ONE_MS);
    waiting.set(side === 'ours' ? 'shown-ours' : side, { tick, done: () => { clearTimeout(late); done(undefined); } });
  });
  send(side);
  await shown;
}

/** @param {string} side */
async function turn(side) {
  const [at, sums] = [pages[side], found[side]];
  if (!at || !sums) throw new Error(`${side} is not there`);
  await at.page.bringToFront();
  await pause(500);
  const before = await worked(at.session);
  const begun = performance.now();
  const ticks = ON_THE_CLOCK.includes(side) ? TICKS : 0;
  for (let tick = 0; tick < ticks; tick += 1) {
    send(side);
    await pause(Math.max(0, begun + (tick + 1) * TICK_MS - performance.now()));
  }
  await sendAndWait(side);
  const between = await worked(at.session);
  if (ticks) sums.main_ms.push((between - before) / (ticks + 1));
  const since = performance.now();
  let shown = 0;
  while (shown < WAITED - 1 && (side === 'ours' || performance.now() - since < MOST_WAITED_MS)) {
    await sendAndWait(side);
    shown += 1;
  }
  sums.shown_ms.push((await worked(at.session) - between) / shown);
  sums.stands_ms.push((performance.now() - since) / shown);
}

try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  for (const side of ['ours', ...SIDES]) await open(side, context);
  for (let round = 0; round < ROUNDS; round += 1) for (const side of ['ours', ...SIDES]) await turn(side);
  for (const side of SIDES) {
    const sums = found[side];
    if (sums) sums.astray = await pages[side]?.page.evaluate((total) => /** @type {any} */ (window).astray(total), sent[side] ?? 0) ?? -1;
  }
  const digest = await pages.ours?.page.evaluate(() => /** @type {any} */ (window).__gulou.things());
  if (found.ours) found.ours.digest = `${digest.count} ${digest.sha256}`;
  console.log(JSON.stringify(found));
} finally {
  clearInterval(alive);
  await browser.close();
  front.close();
  await server.clear();
}
