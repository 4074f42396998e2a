// How tiles of lines and areas are drawn: water, land, buildings, roads and their names, quiet as the rest of the ground.
// Knows the layers of Protomaps and of OpenMapTiles by name; whatever else there is becomes thin lines. Pure.

/** @typedef {import('maplibre-gl').LayerSpecification} Layer */
/** @typedef {{land: string, water: string, line: string, boundary: string, panel: string, secondary: string, faint: string, name: string}} Colours */

/** @type {[RegExp, 'land' | 'green' | 'water' | 'building' | 'road' | 'name'][]} */
const KINDS = [
  [/_name$|_label$|^(places?|pois?|housenumber|mountain_peak|physical_point)$/, 'name'],
  [/^(earth|land)$/, 'land'],
  [/^(landuse|landcover|park|natural)$/, 'green'],
  [/^(water|waterway|ocean|lakes?|rivers?|physical_line)$/, 'water'],
  [/^buildings?$/, 'building'],
  [/^(roads?|transportation|streets?|transit)$/, 'road'],
];
const NAMED_ROADS = ['roads', 'road', 'transportation_name'];

/** Roads by what both schemas call them. @type {any} */
const CLASS = ['coalesce', ['get', 'kind'], ['get', 'class'], ''];
/** @param {any} great @param {any} middle @param {any} small @returns {any} */
const byRoad = (great, middle, small) => [
  'match', CLASS,
  ['highway', 'motorway', 'trunk'], great,
  ['major_road', 'medium_road', 'primary', 'secondary', 'tertiary'], middle,
  small,
];

/** In the order in which they are laid: areas, then lines, then names.
 * @param {{layers: string[]}} tiles @param {string} source @param {Colours} colours @param {number} scale
 * @returns {Layer[]} */
export function vectorLayers({ layers }, source, colours, scale) {
  const order = ['land', 'green', 'water', 'other', 'building', 'road', 'name'];
  const sorted = layers
    .map((name) => ({ name, kind: KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? 'other' }))
    .sort((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind));
  return sorted.flatMap(({ name, kind }) => drawn(name, kind, source, colours, scale));
}

/** @param {string} name @param {string} kind @param {string} source @param {Colours} colours @param {number} scale @returns {Layer[]} */
function drawn(name, kind, source, colours, scale) {
  /** @param {string} what */
  const place = (what) => ({ id: `${source}-${name}-${what}`, source, 'source-layer': name });
  /** @param {string} color @param {number} opacity @param {number} [minzoom] @returns {Layer} */
  const area = (color, opacity, minzoom = 0) => ({
    ...place('area'), type: 'fill', minzoom, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': color, 'fill-opacity': opacity },
  });
  /** @param {any} color @param {any} width @returns {Layer} */
  const line = (color, width) => ({
    ...place('line'), type: 'line', filter: ['==', ['geometry-type'], 'LineString'],
    layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': color, 'line-width': width },
  });
  /** @param {number} far @param {number} near @returns {any} */
  const byZoom = (far, near) => ['interpolate', ['exponential', 1.6], ['zoom'], 8, far * scale, 18, near * scale];
  switch (kind) {
    case 'land': return [area(colours.land, 1)];
    case 'green': return [area(colours.panel, 0.5)];
    case 'water': return [area(colours.water, 1), line(colours.water, byZoom(0.5, 8))];
    case 'building': return [area(colours.line, 0.55, 13)];
    case 'road': return [
      line(byRoad(colours.boundary, colours.boundary, colours.line), [
        'interpolate', ['exponential', 1.6], ['zoom'],
        7, byRoad(0.75 * scale, 0.3 * scale, 0),
        12, byRoad(2 * scale, 1.25 * scale, 0.4 * scale),
        18, byRoad(18 * scale, 14 * scale, 7 * scale),
      ]),
      ...names(name, source, colours, scale),
    ];
    case 'name': return names(name, source, colours, scale);
    // Nobody knows what it is: its lines and outlines, thin.
    default: return [{ ...place('line'), type: 'line', paint: { 'line-color': colours.line, 'line-width': 0.75 * scale } }];
  }
}

/** Names of roads alone: those of places are the pack's. @param {string} name @param {string} source @param {Colours} colours @param {number} scale
 * @returns {Layer[]} */
function names(name, source, colours, scale) {
  if (!NAMED_ROADS.includes(name)) return [];
  return [{
    id: `${source}-${name}-names`, type: 'symbol', source, 'source-layer': name, minzoom: 13.5,
    filter: ['==', ['geometry-type'], 'LineString'],
    layout: {
      'symbol-placement': 'line', 'text-field': ['coalesce', ['get', colours.name], ['get', 'name']], 'text-font': ['sans-serif'],
      'text-size': 11 * scale, 'text-padding': 12, 'symbol-spacing': 350,
    },
    paint: { 'text-color': colours.faint, 'text-halo-color': colours.land, 'text-halo-width': 1.25 * scale },
  }];
}
