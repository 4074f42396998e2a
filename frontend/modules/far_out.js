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

/** The layers of names that stay readable where units stand, from the ground up. */
const NAMED = ['village-labels', 'town-labels'];
/** Around letters, in pixels, where what lies behind them fades. */
const AROUND = 4;
/** By so much of its size MapLibre takes a line of text to stand too high. */
const BASELINE = 7 / 24;
const LINE = 1.2;
/** By so much of their size letters stand lower than the middle of their line. */
const LOWER = 0.1;
/** Lines are no longer than so many times their size. */
const WIDEST = 10;

/** Who is told where names stand now. @type {WeakMap<LiveMap, (names: Float64Array) => void>} */
const named = new WeakMap();

/** Tells where names stand, now and whenever that is other once the map rests: for each its longitude and latitude, then how far its left,
 * top, right and bottom edges lie from there in halves of the map's box.
 * @param {LiveMap} map @param {(names: Float64Array) => void} told */
export function followNames(map, told) {
  const first = !named.has(map);
  named.set(map, told);
  let before = '';
  const tell = () => {
    const names = Float64Array.from(NAMED.filter((id) => map.getLayer(id)).flatMap((id) => namesOf(map, id)));
    const now = names.join();
    if (now === before) return;
    before = now;
    named.get(map)?.(names);
  };
  if (first) map.on('idle', tell);
  tell();
}

/** @param {LiveMap} map @param {string} id */
function namesOf(map, id) {
  // As ground.js writes them.
  const layout = /** @type {any} */ (map.getStyle().layers.find((layer) => layer.id === id))?.layout;
  const [, [, property]] = layout['text-field'];
  const size = sizeAt(map.getZoom(), layout['text-size'].slice(3));
  const radius = size * layout['text-radial-offset'];
  const widest = size * WIDEST;
  const padding = 2 * layout['text-padding'];
  const { clientWidth, clientHeight } = map.getContainer();
  const seen = new Set();
  return map.queryRenderedFeatures({ layers: [id] }).flatMap(({ properties, geometry }) => {
    const place = /** @type {[number, number]} */ (/** @type {import('geojson').Point} */ (geometry).coordinates);
    const name = String(properties[property] ?? properties.name);
    if (seen.has(name + place) || !seen.add(name + place)) return [];
    const { x, y } = map.project(place);
    const length = lengthOf(name, size);
    const wide = Math.min(length, widest);
    const high = LINE * size * Math.ceil(length / widest);
    for (const anchor of layout['text-variable-anchor']) {
      const [east, south] = middleOf(anchor, radius, BASELINE * size, wide + padding, high + padding);
      const there = map.queryRenderedFeatures([x + east, y + south], { layers: [id] });
      if (!there.some((other) => other.properties.name === properties.name)) continue;
      const [half, halfHigh] = [wide / 2 + AROUND, high / 2 + AROUND];
      const [across, down] = [2 / clientWidth, -2 / clientHeight];
      const middle = south + LOWER * size;
      return [...place, (east - half) * across, (middle - halfHigh) * down, (east + half) * across, (middle + halfHigh) * down];
    }
    return [];
  });
}

/** Between the stops of an expression by zoom. @param {number} zoom @param {number[]} stops zoom and size by turns */
function sizeAt(zoom, [from = 0, small = 0, to = 1, large = small]) {
  const share = Math.min(1, Math.max(0, (zoom - from) / (to - from)));
  return small + share * (large - small);
}

/** Where a text's middle lies that hangs, with its padding, by an anchor beside its place, as MapLibre puts it. @param {string} anchor @param {number} radius
 * @param {number} baseline @param {number} wide @param {number} high @returns {[number, number]} to the right and down */
function middleOf(anchor, radius, baseline, wide, high) {
  const side = anchor.includes('left') ? 1 : anchor.includes('right') ? -1 : 0;
  const below = anchor.includes('top') ? 1 : anchor.includes('bottom') ? -1 : 0;
  const reach = side && below ? radius / Math.SQRT2 : radius;
  return [side * (reach + wide / 2), below * (reach - baseline + high / 2)];
}

/** @type {CanvasRenderingContext2D | null} */ let measuring = null;

/** @param {string} text @param {number} size */
function lengthOf(text, size) {
  measuring ??= document.createElement('canvas').getContext('2d');
  if (!measuring) return text.length * size;
  measuring.font = `${size}px sans-serif`;
  return measuring.measureText(text).width;
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
