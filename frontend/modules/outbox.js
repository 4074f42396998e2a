// Commands kept on this device until the server has them, and the way they are sent. Decides nothing: which goes next and what
// an answer means is said elsewhere (app/src/field/queue.rs in the page, courier.js where no page is open).

/**
 * @typedef {{id: string, name: string, blob: Blob, attachment: string | null}} Photo what is attached, the id it is sent under, and the
 *   one the server gave it
 * @typedef {object} Row
 * @property {number} number the order in which they were given @property {string} account whose it is
 * @property {string} incident @property {string} command @property {string} id @property {string | null} after
 * @property {number | 'earlier' | null} expected @property {'waiting' | 'sent' | 'refused'} standing
 * @property {number | null} status @property {string | null} refusal @property {number} givenAt @property {string} title
 * @property {Record<string, unknown>} body the arguments @property {Photo[]} photos
 * @typedef {{status: number, bytes: Uint8Array}} Answer status 0: nobody answered; -1: it is no longer there to be sent
 */

const NAME = 'gulou-outbox';
const STORE = 'commands';
/** A line that is silent for longer is given up; what was sent is sent again under its id. */
const POST_MS = 30_000;
const UPLOAD_MS = 180_000;

/** @type {Promise<IDBDatabase | undefined> | undefined} */
let opened;
/** Stands in where the browser keeps nothing: it ends with the page. @type {Map<number, Row>} */
const unkept = new Map();
let lastUnkept = 0;

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function database() {
  opened ??= new Promise((resolve) => {
    try {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: 'number', autoIncrement: true });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => resolve(undefined);
    } catch {
      resolve(undefined);
    }
  });
  return opened;
}

/** Resolves when what was written is on the device. @template T
 * @param {(store: IDBObjectStore) => IDBRequest<T>} use @returns {Promise<T | undefined>} */
async function writing(use) {
  const kept = await database();
  if (!kept) return undefined;
  const transaction = kept.transaction(STORE, 'readwrite', { durability: 'strict' });
  const request = use(transaction.objectStore(STORE));
  await new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(undefined);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
  return request.result;
}

/** Whether rows survive the page. */
export async function isKept() {
  return Boolean(await database());
}

/** @param {string} account @returns {Promise<Row[]>} in the order in which they were given */
export async function rows(account) {
  const kept = await database();
  const all = kept ? await done(kept.transaction(STORE).objectStore(STORE).getAll()) : [...unkept.values()];
  return all.filter((row) => row.account === account);
}

/** @param {number} number @returns {Promise<Row | undefined>} */
async function row(number) {
  const kept = await database();
  return kept ? done(kept.transaction(STORE).objectStore(STORE).get(number)) : unkept.get(number);
}

/** @param {Omit<Row, 'number'>} given @returns {Promise<number>} its number, once it is kept */
export async function keep(given) {
  const number = await writing((store) => store.add(given));
  if (number === undefined) {
    lastUnkept += 1;
    unkept.set(lastUnkept, { ...given, number: lastUnkept });
    return lastUnkept;
  }
  tell();
  askForSync();
  return Number(number);
}

/** @param {number} number @param {Partial<Row>} fields */
export async function change(number, fields) {
  const known = await row(number);
  if (!known) return;
  const changed = { ...known, ...fields };
  if (unkept.has(number)) unkept.set(number, changed);
  await writing((store) => store.put(changed));
  tell();
}

/** @param {number} number */
export async function forget(number) {
  unkept.delete(number);
  await writing((store) => store.delete(number));
  tell();
}

/** One at a time on this device, whoever sends. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
function alone(work) {
  return navigator.locks ? navigator.locks.request(NAME, work) : work();
}

/** Sends one that waits, first what is attached to it. @param {number} number @param {string} accept @returns {Promise<Answer>} */
export function deliver(number, accept) {
  return alone(async () => {
    const given = await row(number);
    if (!given || given.standing !== 'waiting') return { status: -1, bytes: new Uint8Array() };
    try {
      const refused = await attach(given);
      return refused ?? await post(given, accept);
    } catch {
      return { status: 0, bytes: new Uint8Array() };
    }
  });
}

/** @param {Row} given @param {string} accept @returns {Promise<Answer>} */
async function post(given, accept) {
  const { id, command, after, expected, body, photos } = given;
  const attachments = photos.map(({ attachment }) => attachment);
  const whole = {
    ...body, id, command,
    ...(after ? { after } : {}),
    ...(typeof expected === 'number' ? { expected_revision: expected } : {}),
    ...('attachments' in body ? { attachments } : {}),
  };
  return heard(await fetch(`/api/v1/incidents/${given.incident}/commands`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, 'accept-language': language() },
    body: JSON.stringify(whole),
    signal: AbortSignal.timeout(POST_MS),
  }));
}

/** @param {Row} given @returns {Promise<Answer | undefined>} what refused it, if one was refused */
async function attach(given) {
  for (const photo of given.photos) {
    if (photo.attachment) continue;
    const sent = new URLSearchParams({ id: photo.id, name: photo.name });
    const answer = await fetch(`/api/v1/incidents/${given.incident}/attachments?${sent}`, {
      method: 'POST', headers: { 'content-type': photo.blob.type, accept: 'application/json' }, body: photo.blob,
      signal: AbortSignal.timeout(UPLOAD_MS),
    });
    if (!answer.ok) return heard(answer);
    photo.attachment = (await answer.json()).id;
    await change(given.number, { photos: given.photos });
  }
  return undefined;
}

/** @param {Response} answer @returns {Promise<Answer>} */
async function heard(answer) {
  return { status: answer.status, bytes: new Uint8Array(await answer.arrayBuffer()) };
}

/** Reasons come in the language of the page; a worker has none. */
function language() {
  return globalThis.document?.documentElement.lang || 'zh';
}

/** @type {BroadcastChannel | undefined} */
let channel;

function spoken() {
  channel ??= 'BroadcastChannel' in globalThis ? new BroadcastChannel(NAME) : undefined;
  return channel;
}

/** Others that show the same rows look again. */
function tell() {
  spoken()?.postMessage('changed');
}

/** @param {() => void} changed by another tab, or by the worker */
export function listen(changed) {
  const heardFrom = spoken();
  if (heardFrom) heardFrom.onmessage = () => changed();
}

/** Where the browser can, it wakes the worker when the network is back, even with no page open. */
function askForSync() {
  const worker = /** @type {any} */ (globalThis.navigator?.serviceWorker);
  worker?.ready?.then((/** @type {any} */ registration) => registration.sync?.register(NAME)).catch(() => undefined);
}

/** A version 4 UUID; `crypto.randomUUID` is missing on plain http. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (/** @type {number} */ (bytes[6]) & 0x0f) | 0x40;
  bytes[8] = (/** @type {number} */ (bytes[8]) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A photo as it is sent: no larger than a screen needs, and without what the camera wrote into it.
 * @param {File} file @returns {Promise<Photo>} */
export async function photo(file) {
  const LONGEST = 1920;
  const plain = { id: newId(), name: file.name, blob: /** @type {Blob} */ (file), attachment: null };
  if (!file.type.startsWith('image/')) return plain;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((/** @type {(blob: Blob | null) => void} */ give) => { canvas.toBlob(give, 'image/jpeg', 0.82); });
    return blob ? { ...plain, name: file.name.replace(/\.[^.]*$/, '.jpg'), blob } : plain;
  } catch {
    return plain;
  }
}
