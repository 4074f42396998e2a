// The configured basemap of tiles: over the pack's own ground, under its boundaries and names. Comes once the map is open:
// whoever gives the tiles may be slow or away, and then the pack's ground shows and the page says so.

import { vectorLayers } from './roads.js';
import { sourceOf, watchReach } from './tilesets.js';

/** @typedef {import('maplibre-gl').Map} LiveMap */
/** @typedef {import('./tilesets.js').Tiles} Tiles */
/** @typedef {{tiles: Tiles, labels: Tiles | null, attribution: string}} Basemap */

/** Sources and layers of ours, and what must stay above them. */
const OURS = 'ground-';
const PAPER = 'paper-ground';
const BOUNDARIES = ['villages', 'towns', 'city-line'];
const NAMES = ['village-labels', 'town-labels'];

/** What is configured, asked for once. @type {Promise<Basemap | null> | undefined} */
let configured;

async function ask() {
  const answer = await fetch('/api/v1/basemap').catch(() => undefined);
  return answer?.ok ? (await answer.json()).basemap : null;
}

/** A picture is dimmed until incidents stand out from it; by night far more. @param {boolean} dark
 * @returns {import('maplibre-gl').RasterLayerSpecification['paint']} */
export function rasterPaint(dark) {
  const fade = { 'raster-fade-duration': 0 };
  return dark
    ? { 'raster-brightness-max': 0.3, 'raster-saturation': -0.7, ...fade }
    : { 'raster-brightness-min': 0.15, 'raster-saturation': -0.7, ...fade };
}

/** Whether a CSS colour `#rrggbb` is nearer to black than to white. @param {string} colour */
export function isDark(colour) {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}

/** @param {string} name */
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The first of what must stay above, in the order of the style. @param {LiveMap} map @param {(id: string) => boolean} above */
export function beneath(map, above) {
  return map.getStyle().layers.find(({ id }) => above(id))?.id;
}

/** Imagery, boundaries and what lies over them. @param {string} id */
export const overGround = (id) => BOUNDARIES.includes(id) || id.startsWith('imagery');

/** Lays the configured tiles, also into each style that comes later. @param {LiveMap} map @param {number} scale of type and lines */
export async function layTiles(map, scale) {
  configured ??= ask();
  const basemap = await configured;
  if (!basemap) return;
  const [tiles, labels] = await Promise.all([sourceOf(basemap.tiles), basemap.labels && sourceOf(basemap.labels)]);
  let gone = false;
  map.once('remove', () => { gone = true; delete document.documentElement.dataset.ground; });
  const reach = watchReach(map, OURS, (good) => {
    document.documentElement.dataset.ground = good ? 'reached' : 'unreached';
    hidePack(map, basemap, good);
    liftBoundaries(map);
  });
  const lay = () => {
    if (gone || map.getSource(`${OURS}tiles`)) return;
    map.addSource(`${OURS}tiles`, tiles);
    const under = beneath(map, overGround);
    const paper = paperUnder(basemap.tiles);
    if (paper) {
      map.addSource(PAPER, paper);
      map.addLayer({ id: PAPER, type: 'fill', source: PAPER, layout: { visibility: 'none' }, paint: { 'fill-color': token('--land') } }, under);
    }
    if (basemap.tiles.kind === 'raster') {
      map.addLayer({ id: `${OURS}tiles`, type: 'raster', source: `${OURS}tiles`, paint: rasterPaint(isDark(token('--land'))) }, under);
    } else {
      const names = beneath(map, (id) => NAMES.includes(id));
      for (const layer of vectorLayers(basemap.tiles, `${OURS}tiles`, tokens(), scale)) map.addLayer(layer, layer.type === 'symbol' ? names : under);
    }
    if (labels) {
      map.addSource(`${OURS}labels`, labels);
      map.addLayer({ id: `${OURS}labels`, type: 'raster', source: `${OURS}labels`, paint: rasterPaint(isDark(token('--land'))) }, beneath(map, (id) => NAMES.includes(id)));
    }
    hidePack(map, basemap, reach.isGood);
    liftBoundaries(map);
  };
  map.on('style.load', lay);
  if (map.isStyleLoaded() || map.getLayer('land')) lay();
}

function tokens() {
  const names = /** @type {const} */ (['land', 'water', 'line', 'boundary', 'panel', 'secondary', 'faint']);
  const colours = Object.fromEntries(names.map((name) => [name, token(`--${name}`)]));
  const name = document.documentElement.lang.startsWith('en') ? 'name:en' : 'name:zh';
  return /** @type {import('./roads.js').Colours} */ ({ ...colours, name });
}

/** Boundaries are drawn for a quiet ground; over pictures they would drown. @param {LiveMap} map */
export function liftBoundaries(map) {
  const isOver = (/** @type {string} */ layer) => map.getLayer(layer)?.type === 'raster';
  const overMap = isOver(`${OURS}tiles`) && document.documentElement.dataset.ground === 'reached';
  // Imagery is dark by day and night.
  const overImagery = isDark(token('--land')) ? '--secondary' : '--line';
  const colour = token(isOver('imagery') ? overImagery : overMap ? '--faint' : '--boundary');
  for (const id of BOUNDARIES) {
    if (map.getLayer(id) && map.getPaintProperty(id, 'line-color') !== colour) map.setPaintProperty(id, 'line-color', colour);
  }
}

/** Tiles without land of their own lie on paper, or the coasts of the pack would show through beside theirs.
 * @param {Tiles} tiles @returns {import('maplibre-gl').GeoJSONSourceSpecification | undefined} */
export function paperUnder({ kind, bounds, layers }) {
  if (kind !== 'vector' || !bounds || layers.some((name) => name === 'earth' || name === 'land')) return undefined;
  const [west, south, east, north] = bounds;
  const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
  return { type: 'geojson', data: { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [ring] } } };
}

/** Names that the tiles bring are not written twice; the pack's own come back where those are away. And its ground is covered
 * only where there is another.
 * @param {LiveMap} map @param {Basemap} basemap @param {boolean} reached */
function hidePack(map, basemap, reached) {
  if (map.getLayer(PAPER)) map.setLayoutProperty(PAPER, 'visibility', reached ? 'visible' : 'none');
  if (!basemap.labels) return;
  for (const id of NAMES) {
    if (map.getLayer(id)) map.setFilter(id, reached ? ['literal', false] : null);
  }
}
