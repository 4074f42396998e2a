// What desks let people hear: when each note begins, that they ring, and that they fall silent.

import assert from 'node:assert/strict';
import { eventually } from './harness.mjs';

/** @typedef {import('./people.mjs').Page} Page */
/** @typedef {import('./harness.mjs').Server} Server */

const second = 1_000;
export const quietWithinMs = 1_000;

/** Writes down when each note begins; the browser's own loudspeaker is not touched. */
function listenToNotes() {
  const notes = /** @type {number[]} */ ([]);
  const make = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function oscillator() {
    notes.push(Date.now());
    return make.call(this);
  };
  Object.assign(window, { notes });
}

/** @param {Page} page @returns {Promise<number[]>} */
export function notes(page) {
  return page.evaluate(() => /** @type {any} */ (window).notes);
}

/** A desk with its sound on. @param {import('./people.mjs').House} house @param {Server} server @param {string} name */
export async function listening(house, server, name) {
  const page = await house.atDesk(server.person(name));
  await page.addInitScript(listenToNotes);
  await page.reload();
  await page.locator('[data-testid=link-light][data-light=green]').waitFor();
  // Any touch of the page is leave enough.
  await page.getByTestId('data-age').click();
  await page.locator('[data-testid=sound-light][data-sound=on]').waitFor();
  return page;
}

/** Presses, and holds that neither desk begins a note later than a second after it.
 * @param {Page[]} desks @param {() => Promise<void>} press */
export async function quietAfter(desks, press) {
  const pressed = Date.now();
  await press();
  // Longer than the pause between two tones.
  await new Promise((next) => setTimeout(next, 6 * second));
  for (const desk of desks) {
    const late = (await notes(desk)).filter((at) => at > pressed + quietWithinMs);
    assert.deepEqual(late.map((at) => at - pressed), [], 'no note begins a second after it was pressed');
  }
}

/** @param {Page[]} desks */
export async function allRing(desks) {
  const before = await Promise.all(desks.map(async (desk) => (await notes(desk)).length));
  for (const [index, desk] of desks.entries()) {
    // Two tones of two notes: it goes on until somebody does something.
    const enough = (before[index] ?? 0) + 4;
    await eventually('the desk rings', async () => (await notes(desk)).length >= enough, 12 * second);
  }
}
