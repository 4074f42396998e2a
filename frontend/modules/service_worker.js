// Keeps the department's page for places without a network: the page as it last came, the files of its build, the last answers
// about orders. Writes are never kept here; commands wait in the outbox. Another build is another worker with a store of its own.

import { change, deliver, rows } from './outbox.js';
import { nextOf, settled } from './courier.js';

const worker = /** @type {any} */ (self);
/** The folder of this build's files, from the line the server puts in front. @type {string} */
const FOLDER = worker.gulouPackage;
const STORE = `gulou-${FOLDER}`;
const PAGE = '/orders';
/** What the page does not begin without, and what it opens: its script with all that imports, its styles. */
const FILES = [
  'field.js', 'field_bg.wasm', 'field_parts.js', 'field_opened.wasm', 'outbox.js', 'offline.js', 'field_map.js',
  'pocket_map.js', 'pocket_ground.js', 'pocket_fingers.js', 'tokens.css', 'main.css', 'field.css',
];
/** A network that does not answer within this is as good as none, if there is something to show instead. */
const PATIENCE_MS = 4_000;
/** Details of orders that are kept. */
const MOST_ANSWERS = 250;

worker.addEventListener('install', (/** @type {any} */ event) => { event.waitUntil(install()); });
worker.addEventListener('activate', (/** @type {any} */ event) => { event.waitUntil(activate()); });
worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const answer = answerTo(event);
  if (answer) event.respondWith(answer);
});
worker.addEventListener('sync', (/** @type {any} */ event) => { event.waitUntil(sync()); });
worker.addEventListener('message', (/** @type {any} */ event) => {
  if (event.data === 'take over') worker.skipWaiting();
});

async function install() {
  const store = await caches.open(STORE);
  await store.addAll(FILES.map((file) => new Request(FOLDER + file, { cache: 'no-cache' })));
  // Whoever is signed out has no page to keep yet.
  await fetch(PAGE).then((page) => keepPage(page)).catch(() => undefined);
}

async function activate() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith('gulou-') && name !== STORE).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** @param {any} event @returns {Promise<Response> | undefined} none: the browser goes to the network as ever */
function answerTo({ request }) {
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin || request.method !== 'GET') return undefined;
  if (request.mode === 'navigate') return pathname === PAGE ? page(request) : undefined;
  if (pathname.startsWith(FOLDER)) return file(request);
  const isAnswer = pathname === '/api/v1/orders' || /^\/api\/v1\/incidents\/i[0-9]+-[0-9]+$/.test(pathname);
  const isGround = pathname === '/api/v1/jurisdictions.geojson' || pathname.startsWith('/api/v1/basemap/');
  return isAnswer || isGround ? newest(request) : undefined;
}

/** @param {Request} request */
async function file(request) {
  const store = await caches.open(STORE);
  const kept = await store.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await store.put(request, answer.clone());
  return answer;
}

/** @param {Request} request */
async function page(request) {
  const kept = await (await caches.open(STORE)).match(PAGE);
  try {
    const fresh = await (kept ? inTime(fetch(request)) : fetch(request));
    if (fresh.ok) await keepPage(fresh.clone());
    return fresh;
  } catch (error) {
    if (!kept) throw error;
    return told(kept);
  }
}

/** Only a page of this very build: its files are the ones that are kept. @param {Response} page */
async function keepPage(page) {
  if (!page.ok || page.redirected || new URL(page.url).pathname !== PAGE) return;
  const text = await page.text();
  if (!text.includes(FOLDER)) return;
  const headers = new Headers({ 'x-kept-at': String(Date.now()) });
  for (const name of ['content-type', 'content-security-policy', 'permissions-policy', 'referrer-policy', 'x-content-type-options']) {
    const value = page.headers.get(name);
    if (value) headers.set(name, value);
  }
  await (await caches.open(STORE)).put(PAGE, new Response(text, { headers }));
}

/** A kept page says since when it is kept, so that nothing on it looks live. @param {Response} kept */
async function told(kept) {
  const at = kept.headers.get('x-kept-at') ?? '0';
  const text = (await kept.text()).replace('<head>', `<head><meta name="kept-at" content="${at}">`);
  return new Response(text, { headers: kept.headers });
}

/** @param {Request} request */
async function newest(request) {
  const store = await caches.open(STORE);
  try {
    const kept = await store.match(request);
    const answer = await (kept ? inTime(fetch(request)) : fetch(request));
    if (answer.ok) {
      await store.put(request, answer.clone());
      await thin(store);
    }
    return answer;
  } catch (error) {
    const kept = await store.match(request);
    if (kept) return kept;
    throw error;
  }
}

/** The oldest details go first. @param {Cache} store */
async function thin(store) {
  const details = (await store.keys()).filter(({ url }) => url.includes('/api/v1/incidents/'));
  await Promise.all(details.slice(0, Math.max(0, details.length - MOST_ANSWERS)).map((old) => store.delete(old)));
}

/** @param {Promise<Response>} answer @returns {Promise<Response>} */
function inTime(answer) {
  return new Promise((done, failed) => {
    setTimeout(() => failed(new Error('the network does not answer')), PATIENCE_MS);
    answer.then(done, failed);
  });
}

/** The network is back. A page that is open sends for itself. */
async function sync() {
  const pages = await worker.clients.matchAll({ type: 'window' });
  if (pages.length) {
    for (const open of pages) open.postMessage('send');
    return;
  }
  const account = await whose();
  if (account) await sendAll(account);
}

/** Whose session this browser holds: nobody's commands go out under another's name. @returns {Promise<string | undefined>} */
async function whose() {
  const me = await fetch('/api/v1/me', { headers: { accept: 'application/json' } });
  return me.ok ? (await me.json()).name : undefined;
}

/** @param {string} account */
async function sendAll(account) {
  for (;;) {
    const waiting = await rows(account);
    const next = nextOf(waiting);
    if (!next) return;
    const { status, bytes } = await deliver(next.number, 'application/json');
    // Wakes again later: the browser tries a sync that failed once more.
    if (status === 0 || status === 429 || status >= 500) throw new Error('the server was not reached');
    if (status === -1) continue;
    if (status === 401) return;
    const body = JSON.parse(new TextDecoder().decode(bytes));
    const answer = status < 300 ? { done: body.revision } : { refused: status };
    for (const [number, fields] of settled(waiting, next, answer)) {
      const why = fields.standing === 'refused' ? { status, refusal: body.detail ?? body.title ?? String(status) } : {};
      await change(number, { ...fields, ...why });
    }
  }
}
