// What the browser must load before a page works, compressed as it is sent. Fails beyond what we hold ourselves to.

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = join(process.env.SITE ?? resolve(import.meta.dirname, '../target/site'), 'pkg');

/** In thousands of bytes, brotli; the script for each bundle of pages. */
export const limits = { script: 307, opened: 250, reading: 60 };
const scripts = {
  desk: ['desk_bg.wasm', 'desk.js', 'desk_parts.js'],
  board: ['board_bg.wasm', 'board.js'],
  field: ['field_bg.wasm', 'field.js', 'field_parts.js', 'outbox.js', 'offline.js', 'field_map.js'],
  office: ['office_bg.wasm', 'office.js'],
};

/** Bytes of files of the site as they go over the wire. @param {string[]} names */
export function sent(...names) {
  // What is too small to gain by it is sent as it is.
  const file = (/** @type {string} */ name) => [`${name}.br`, name].map((one) => join(folder, one)).find(existsSync) ?? join(folder, name);
  return names.reduce((sum, name) => sum + readFileSync(file(name)).length, 0);
}

/** Says a size and whether it is within its limit. @param {string} what @param {number} bytes @param {number} limit */
export function within(what, bytes, limit) {
  const fits = bytes <= limit * 1000;
  console.log(`${what}: ${(bytes / 1000).toFixed(1)} of ${limit} kB${fits ? '' : ', which is too much'}`);
  return fits;
}

if (process.argv[1] === import.meta.filename) {
  const fits = Object.entries(scripts).map(([name, files]) => within(`wasm and its glue, ${name}`, sent(...files), limits.script));
  fits.push(within('what the desk fetches on demand', sent('desk_opened.wasm'), limits.opened));
  fits.push(within('what a phone fetches on demand', sent('field_opened.wasm'), limits.opened));
  for (const own of ['board.css', 'field.css', 'office.css', 'opened.css']) {
    fits.push(within(`styles with ${own}, of what a page may weigh to be readable`, sent('tokens.css', 'main.css', 'ground.css', own), limits.reading));
  }
  process.exitCode = fits.every(Boolean) ? 0 : 1;
}
