// Labels of the basemap give way to incidents: each incident's place is an unseen sign of the basemap, put down before all
// labels, so a name that would lie on it moves aside or is left out. Nothing here moves the camera.

/** @typedef {import('maplibre-gl').Map} LiveMap */
/** Longitude, latitude and half the width in pixels, by turns. @typedef {Float64Array} Places */

const ID = 'obstacles';

/** What labels are to keep clear of, for a style that comes later. @type {WeakMap<LiveMap, Places>} */
const asked = new WeakMap();

/** @param {Places | undefined} places @returns {import('geojson').FeatureCollection} */
function points(places) {
  /** @type {import('geojson').Feature[]} */
  const features = [];
  for (let at = 0; places && at + 2 < places.length; at += 3) {
    const [lng = 0, lat = 0, half = 0] = places.subarray(at, at + 3);
    features.push({ type: 'Feature', properties: { half }, geometry: { type: 'Point', coordinates: [lng, lat] } });
  }
  return { type: 'FeatureCollection', features };
}

/** Above all labels, for the upper layers are placed first. @param {LiveMap} map */
function add(map) {
  if (map.getSource(ID)) return;
  if (!map.hasImage(ID)) map.addImage(ID, { width: 1, height: 1, data: new Uint8Array(4) });
  map.addSource(ID, { type: 'geojson', data: points(asked.get(map)) });
  map.addLayer({
    id: ID, type: 'symbol', source: ID,
    layout: { 'icon-image': ID, 'icon-padding': /** @type {any} */ (['get', 'half']), 'icon-allow-overlap': true, 'icon-ignore-placement': false },
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
