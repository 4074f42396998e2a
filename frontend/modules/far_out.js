// What far-out signs need of the basemap. Its labels give way to them and to incidents: each one's place is an unseen sign of
// the basemap, put down before all labels, so a name that would lie on it moves aside or is left out.

/** @typedef {import('maplibre-gl').Map} LiveMap */
/** Longitude, latitude, half the height and the size of a sign (0 for a mark) in pixels, by turns. @typedef {Float64Array} Places */

const ID = 'obstacles';
/** Unseen, as wide as a sign is wider than high. */
const WIDE = { width: 30, height: 1 };

/** What labels are to keep clear of, for a style that comes later. @type {WeakMap<LiveMap, Places>} */
const asked = new WeakMap();

/** @param {Places | undefined} places @returns {import('geojson').FeatureCollection} */
function points(places) {
  /** @type {import('geojson').Feature[]} */
  const features = [];
  for (let at = 0; places && at + 3 < places.length; at += 4) {
    const [lng = 0, lat = 0, half = 0, size = 0] = places.subarray(at, at + 4);
    features.push({ type: 'Feature', properties: { half, size: size || 1, image: size ? 'sign' : 'mark' }, geometry: { type: 'Point', coordinates: [lng, lat] } });
  }
  return { type: 'FeatureCollection', features };
}

/** Above all labels, for the upper layers are placed first. @param {LiveMap} map */
function add(map) {
  if (map.getSource(ID)) return;
  for (const [name, { width, height }] of Object.entries({ sign: WIDE, mark: { width: 1, height: 1 } })) {
    if (!map.hasImage(name)) map.addImage(name, { width, height, data: new Uint8Array(4 * width * height) });
  }
  map.addSource(ID, { type: 'geojson', data: points(asked.get(map)) });
  map.addLayer({
    id: ID, type: 'symbol', source: ID,
    layout: { 'icon-image': ['get', 'image'], 'icon-size': ['get', 'size'], 'icon-padding': /** @type {any} */ (['get', 'half']), 'icon-allow-overlap': true, 'icon-ignore-placement': false },
  });
}

/** From now on labels keep clear of these places. Each call costs the basemap a picture: to be made seldom.
 * @param {LiveMap} map @param {Places} places */
export function keepClear(map, places) {
  const first = !asked.has(map);
  asked.set(map, places);
  if (first) map.on('style.load', () => add(map));
  const source = map.getSource(ID);
  if (source) /** @type {import('maplibre-gl').GeoJSONSource} */ (source).setData(points(places));
  else {
    try { add(map); } catch { /* A style that is on its way brings its own call. */ }
  }
}

/** @param {LiveMap} map */
export function focusMap(map) {
  map.getCanvas().focus({ preventScroll: true });
}

/** Signs come and go: who stands on one that goes, or that is no longer to be pressed, stands on the map then.
 * @param {LiveMap} map @param {HTMLElement} signs */
export function keepFocus(map, signs) {
  /** @type {EventTarget | null} */ let last = null;
  signs.addEventListener('focusin', ({ target }) => { last = target; });
  // Of one that is taken away there is nowhere the focus went.
  signs.addEventListener('focusout', ({ relatedTarget }) => { if (relatedTarget) last = null; });
  new MutationObserver(() => {
    if (!(last instanceof Node) || (last.isConnected && !signs.inert)) return;
    last = null;
    if (document.activeElement === document.body) focusMap(map);
  }).observe(signs, { childList: true, attributeFilter: ['inert'] });
}

/** A sign lies over the map and takes its own clicks; a wheel turned over it is meant for the map. @param {WheelEvent} event */
export function passOn(event) {
  event.preventDefault();
  document.querySelector('.maplibregl-canvas-container')?.dispatchEvent(new WheelEvent(event.type, event));
}
