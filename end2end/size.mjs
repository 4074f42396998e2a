// What the browser must load before a page works, compressed as it is sent. Fails beyond what we hold ourselves to.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = join(process.env.SITE ?? resolve(import.meta.dirname, '../target/site'), 'pkg');

/** In thousands of bytes, brotli. The script is to come down to 300 (PLAN.md); it must not grow meanwhile. */
export const limits = { script: 420, reading: 60 };

/** Bytes of files of the site as they go over the wire. @param {string[]} names */
export function sent(...names) {
  return names.reduce((sum, name) => sum + readFileSync(join(folder, `${name}.br`)).length, 0);
}

/** Says a size and whether it is within its limit. @param {string} what @param {number} bytes @param {number} limit */
export function within(what, bytes, limit) {
  const fits = bytes <= limit * 1000;
  console.log(`${what}: ${(bytes / 1000).toFixed(1)} of ${limit} kB${fits ? '' : ', which is too much'}`);
  return fits;
}

if (process.argv[1] === import.meta.filename) {
  const script = within('wasm and its glue', sent('gulou_bg.wasm', 'gulou.js'), limits.script);
  const styles = within('styles, of what a page may weigh to be readable', sent('tokens.css', 'main.css'), limits.reading);
  process.exitCode = script && styles ? 0 : 1;
}
