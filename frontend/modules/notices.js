// Notices that are open for whoever looks, followed over a line of our own. What alarms call for is left to their own light and
// list. The line says something every second; when it is silent for long it is broken, and is drawn anew after a pause that grows.

/** @typedef {{id: string, at: string, severity: number, reason: string, stage: string | null, to: string, text: string, text_en: string,
 * incident: string | null, drill: boolean, state: string}} Notice */

const STREAM = '/api/v1/notices/stream';
const SILENT_MS = 6_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;
/** Less severe ones are seen, not heard. */
const HEARD = 2;

/** @type {Map<string, Notice>} */
const open = new Map();
/** Older ones that the server has not listed. */
let leftOff = 0;
/** Tries since the line last said something. */
let tries = 0;
/** @type {(open: number, heard: number, tries: number) => void} */
let told = () => undefined;

function tell() {
  const shown = [...open.values()];
  told(shown.length + leftOff, shown.filter(({ severity, drill }) => severity <= HEARD && !drill).length, tries);
}

/** @param {Notice} notice */
function take(notice) {
  const was = open.delete(notice.id);
  if (notice.state === 'open') open.set(notice.id, notice);
  else if (!was && leftOff) leftOff -= 1;
}

/** @param {Notice} notice */
function isOurs({ reason }) {
  return reason !== 'alarm';
}

/** @param {string} event one, without the empty line at its end */
function heard(event) {
  const data = /^data: ?(.*)$/m.exec(event)?.[1];
  if (!data) return;
  const said = JSON.parse(data);
  if (said.notices) {
    open.clear();
    // The newest come first and stand last here, as those that follow will.
    said.notices.filter(isOurs).reverse().forEach(take);
    leftOff = said.left_off;
    tell();
  } else if (isOurs(said)) {
    take(said);
    tell();
  }
}

/** Reads until the line breaks. */
async function listen() {
  const stop = new AbortController();
  let patience = setTimeout(() => stop.abort(), SILENT_MS);
  try {
    const answer = await fetch(STREAM, { signal: stop.signal, headers: { accept: 'text/event-stream' } });
    if (!answer.ok || !answer.body) return;
    const letters = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ''; ;) {
      const { done, value } = await letters.read();
      if (done) return;
      clearTimeout(patience);
      patience = setTimeout(() => stop.abort(), SILENT_MS);
      if (tries) {
        tries = 0;
        tell();
      }
      const events = (rest + value).split('\n\n');
      rest = events.pop() ?? '';
      events.forEach(heard);
    }
  } catch {
    // Broken, or silent for too long: the same to whoever reads.
  } finally {
    clearTimeout(patience);
    stop.abort();
  }
}

/** Follows as long as the page is there. @param {(open: number, heard: number, tries: number) => void} say how many are open and
 * how many of them are heard; tries: 0 while the line stands */
export async function follow(say) {
  told = say;
  for (;;) {
    await listen();
    tries += 1;
    tell();
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries - 1, 10));
    // A thousand desks do not come back in the same moment.
    await new Promise((next) => { setTimeout(next, pause * (0.5 + Math.random() / 2)); });
  }
}

/** Those that are open, the most severe first, of these the newest. */
export function notices() {
  return [...open.values()].reverse().sort((one, other) => one.severity - other.severity);
}

/** One is over, as the answer to its acknowledgement says: nothing waits for the line to say so too. @param {string} id */
export function over(id) {
  if (open.delete(id)) tell();
}
