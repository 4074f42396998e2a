// The page's side of its service worker: begins it, hears of a newer build, and lets a person take that when it suits him.

const SCRIPT = '/service-worker.js';
const SCOPE = '/orders';

/** @type {any} */
let registration;
/** @type {any} */
let invitation;
let asked = false;

/** @param {() => void} newer there is a newer build @param {() => void} send the worker says that the network is back
 * @param {() => void} installable the browser would install the page */
export function begin(newer, send, installable) {
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    invitation = event;
    installable();
  });
  const workers = navigator.serviceWorker;
  if (!workers) return;
  workers.addEventListener('message', ({ data }) => { if (data === 'send') send(); });
  // Another tab has taken the newer build: this one goes on with what it holds, and says so.
  const had = Boolean(workers.controller);
  workers.addEventListener('controllerchange', () => {
    if (asked) location.reload();
    else if (had) newer();
  });
  workers.register(SCRIPT, { scope: SCOPE, updateViaCache: 'none' }).then((made) => {
    registration = made;
    const waits = () => { if (made.waiting && workers.controller) newer(); };
    waits();
    made.addEventListener('updatefound', () => made.installing?.addEventListener('statechange', waits));
    // An installed page is seldom loaded anew.
    document.addEventListener('visibilitychange', () => { if (!document.hidden) made.update().catch(() => undefined); });
  }).catch((error) => console.warn('the page will not open without a network:', error));
}

/** Takes the newer build, now. */
export function takeNewer() {
  asked = true;
  if (registration?.waiting) registration.waiting.postMessage('take over');
  else location.reload();
}

/** Puts the page on the phone's home screen, if its browser offered that. */
export function install() {
  invitation?.prompt();
}

/** Whoever signs out leaves nothing to read behind; what waits to be sent stays for him. */
export async function forgetAnswers() {
  for (const name of await globalThis.caches?.keys() ?? []) {
    if (!name.startsWith('gulou-')) continue;
    const store = await caches.open(name);
    const personal = (await store.keys()).filter(({ url }) => !new URL(url).pathname.startsWith('/pkg/'));
    await Promise.all(personal.map((answer) => store.delete(answer)));
  }
}

/** When this page was kept, by this device's clock; nothing if it comes from the server just now. */
export function keptAt() {
  const at = document.querySelector('meta[name="kept-at"]')?.getAttribute('content');
  return at ? Number(at) : undefined;
}

/** Where the device is, in degrees; rejects with a reason the page has words for: `denied`, `unknown`.
 * @returns {Promise<[number, number, number]>} longitude, latitude, accuracy in metres */
export function whereabouts() {
  return new Promise((done, failed) => {
    if (!navigator.geolocation) return failed('unknown');
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => done([coords.longitude, coords.latitude, coords.accuracy]),
      ({ code }) => failed(code === 1 ? 'denied' : 'unknown'),
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
    );
  });
}

/** The same where the person has allowed it before, and quickly or not at all: nobody is asked.
 * @returns {Promise<number[]>} nothing in it where it is not known */
export async function quickPlace() {
  const QUICK_MS = 2_500;
  const leave = await navigator.permissions?.query({ name: 'geolocation' }).catch(() => undefined);
  if (leave?.state !== 'granted') return [];
  const late = new Promise((/** @type {(nothing: number[]) => void} */ done) => { setTimeout(() => done([]), QUICK_MS); });
  return Promise.race([whereabouts().catch(() => []), late]);
}
