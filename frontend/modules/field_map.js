// The map of a phone's sheet, fetched when the sheet is first up (pocket_map.js).

/** @typedef {import('./pocket_map.js').PocketMap} PocketMap */
/** @typedef {import('./pocket_map.js').Mark} Mark */

/** @type {PocketMap | undefined} */
let map;

/** @param {HTMLElement} container @param {[number, number, number, number]} bounds west, south, east, north
 * @param {(id: string) => void} picked */
export async function openMap(container, bounds, picked) {
  const { open } = await import('./pocket_map.js');
  map = await open(container, bounds, picked);
}

/** @param {Mark[]} marks */
export function setMarks(marks) {
  map?.setMarks(marks);
}

/** @param {number} lng @param {number} lat */
export function lookAt(lng, lat) {
  map?.lookAt(lng, lat);
}

export function restyle() {
  map?.restyle();
}

export function close() {
  map?.close();
  map = undefined;
}
