// One map library and fifty thousand units: `apply` takes the moves of a tick, each a number and a place in millionths of a degree.

import { SIDES } from './sides.js';

const name = new URL(location.href).searchParams.get('side') ?? '';
const bytes = async (/** @type {string} */ file) => new Int32Array(await (await fetch(file)).arrayBuffer());
const starts = await bytes('starts.bin');
const places = Array.from({ length: starts.length / 2 }, (_, index) => [starts[index * 2] / 1e6, starts[index * 2 + 1] / 1e6]);
const side = await SIDES[name](/** @type {HTMLElement} */ (document.getElementById('map')), places);
let ticks = 0;
let asked = false;
let last = new Int32Array();
const line = new WebSocket(`ws://${location.host}/?side=${name}`);
line.binaryType = 'arraybuffer';
line.onmessage = async ({ data }) => {
  // Says which tick stands, once for all that came while the last ones were drawn.
  const stands = asked ? undefined : side.idle();
  last = new Int32Array(data);
  side.apply(last);
  ticks += 1;
  if (stands) await settle(stands);
};

/** @param {Promise<unknown>} stands what came until now */
async function settle(stands) {
  asked = true;
  const taken = ticks;
  await stands;
  line.send(String(taken));
  asked = false;
  if (ticks === taken) return;
  // What came meanwhile may stand already, and then nothing would be drawn any more: the last tick is put once more.
  const again = side.idle();
  side.apply(last);
  await settle(again);
}

await new Promise((done) => { line.onopen = done; });

const page = /** @type {any} */ (window);
/** How many units are not where they must be after so many ticks. @param {number} total */
page.astray = async (total) => {
  const moves = await bytes('moves.bin');
  const truth = places.map(([lon, lat]) => [lon, lat]);
  for (let at = 0; at < total * 3_000; at += 3) truth[moves[at]] = [moves[at + 1] / 1e6, moves[at + 2] / 1e6];
  let astray = 0;
  for (let index = 0; index < truth.length; index += 97) {
    const [lon, lat] = await side.place(index);
    if (Math.abs(lon - truth[index][0]) > 2e-5 || Math.abs(lat - truth[index][1]) > 2e-5) astray += 1;
  }
  return astray;
};
page.ready = true;
