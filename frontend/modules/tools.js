// What the map's tools need of the browser and of MapLibre beside what basemap.js does. Nothing here moves the camera.

/** @typedef {import('maplibre-gl').Map} LiveMap */

/** Puts text where a person can paste it; without the right to the clipboard (a page without TLS) by the old way.
 * @param {string} text @returns {Promise<boolean>} whether it is there */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'unseen';
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done;
  }
}

/** Layers of the basemap that are switched together, and the paint that fades each kind. */
const GROUPS = { boundaries: ['towns', 'city-line', 'villages'], names: ['town-labels', 'village-labels'] };
const FADES = { line: 'line-opacity', symbol: 'text-opacity' };

/** What was asked for last, for a style that comes later. @type {WeakMap<LiveMap, Record<string, number>>} */
const asked = new WeakMap();

/** @param {LiveMap} map */
function fade(map) {
  for (const [group, layers] of Object.entries(GROUPS)) {
    const percent = asked.get(map)?.[group] ?? 100;
    for (const id of layers) {
      const layer = map.getLayer(id);
      const paint = layer && FADES[/** @type {'line' | 'symbol'} */ (layer.type)];
      if (!paint) continue;
      map.setLayoutProperty(id, 'visibility', percent === 0 ? 'none' : 'visible');
      if (percent > 0) map.setPaintProperty(id, /** @type {any} */ (paint), percent / 100);
    }
  }
}

/** Shows boundaries and names at so many percent, 0 for not at all; also in the styles that come later.
 * @param {LiveMap} map @param {number} boundaries @param {number} names */
export function fadeGround(map, boundaries, names) {
  const first = !asked.has(map);
  if (first && boundaries === 100 && names === 100) return;
  asked.set(map, { boundaries, names });
  if (first) map.on('style.load', () => fade(map));
  fade(map);
}

/** What was wanted last. @type {WeakMap<LiveMap, string>} */
const wants = new WeakMap();

/** Shows imagery as `Wanted` of imagery.js says, in JSON; what draws it is loaded with the first.
 * @param {LiveMap} map @param {string} wanted */
export async function showImagery(map, wanted) {
  if (wanted === '{}' && !wants.has(map)) return;
  wants.set(map, wanted);
  try {
    const { showImagery: show } = await import('./imagery.js');
    // Something else may be wanted by now, and its own call shows that.
    if (wants.get(map) === wanted) await show(map, JSON.parse(wanted));
  } catch (error) {
    console.error(error);
    if (wants.get(map) === wanted) document.documentElement.dataset.imagery = 'unreached';
  }
}

/** Whether the city pack brought outlines of villages. @param {LiveMap} map */
export function hasVillages(map) {
  const source = /** @type {any} */ (map.getStyle().sources.villages);
  return source?.data?.features?.length > 0;
}

/** The outlines of a level of the city pack as numbers: longitude and latitude by turns, a pair of NaN behind each ring.
 * @param {'town' | 'city'} level @returns {Promise<Float64Array>} */
export async function outlines(level) {
  const answer = await fetch(`/api/v1/jurisdictions.geojson?level=${level}`);
  /** @type {import('geojson').FeatureCollection} */
  const { features } = answer.ok ? await answer.json() : { features: [] };
  const rings = features.flatMap(({ geometry }) => {
    if (geometry?.type === 'Polygon') return geometry.coordinates;
    return geometry?.type === 'MultiPolygon' ? geometry.coordinates.flat() : [];
  });
  return Float64Array.from(rings.flatMap((ring) => [...ring.flatMap(([lng = NaN, lat = NaN]) => [lng, lat]), NaN, NaN]));
}
