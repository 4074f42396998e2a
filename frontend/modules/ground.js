// The basemap's style as data: made of the theme's tokens and the city pack's own GeoJSON, nothing from elsewhere.
// Pure.

/**
 * The tokens the basemap is drawn with, as CSS colours; the property that holds a name in the page's language; the
 * scale of the page's type, so that a wall reads its labels too.
 * @typedef {object} Ground
 * @property {string} land @property {string} water @property {string} boundary @property {string} panel
 * @property {string} secondary @property {string} faint @property {'name' | 'name_en'} name @property {number} scale
 */
/** @typedef {import('geojson').FeatureCollection} Outlines */

/** There are no glyphs in the style: the browser's own fonts draw.
 * @param {Ground} ground @param {Outlines} towns @param {Outlines} city @param {Outlines} villages empty where the pack has none
 * @returns {import('maplibre-gl').StyleSpecification} */
export function styleOf({ land, water, boundary, panel, secondary, faint, name, scale }, towns, city, villages) {
  /** @param {string} layer @returns {import('maplibre-gl').SourceSpecification} */
  const basemap = (layer) => ({ type: 'geojson', data: `/api/v1/basemap/${layer}.geojson` });
  /** @param {number[]} stops @returns {any} */
  const byZoom = (...stops) => ['interpolate', ['linear'], ['zoom'], ...stops];
  /** @param {string} id @param {number} minzoom @param {any} size @param {string} color @param {any} opacity
   * @returns {import('maplibre-gl').SymbolLayerSpecification} */
  const label = (id, minzoom, size, color, opacity) => ({
    id, type: 'symbol', source: id, minzoom,
    layout: { 'text-field': ['coalesce', ['get', name], ['get', 'name']], 'text-font': ['sans-serif'], 'text-size': size, 'text-padding': 6,
      // Beside its place where something lies on it (far_out.js).
      'text-variable-anchor': ['center', 'bottom', 'top', 'left', 'right', 'bottom-left', 'bottom-right', 'top-left', 'top-right'], 'text-radial-offset': 1.2, 'text-justify': 'auto',
    },
    paint: { 'text-color': color, 'text-halo-color': land, 'text-halo-width': 1.5 * scale, 'text-opacity': opacity },
  });
  return {
    version: 8,
    transition: { duration: 0, delay: 0 },
    sources: {
      land: basemap('land'),
      sea: basemap('sea'),
      water: basemap('water'),
      rivers: basemap('rivers'),
      metro: basemap('metro'),
      towns: { type: 'geojson', data: towns },
      'town-labels': { type: 'geojson', data: labelPoints(towns) },
      city: { type: 'geojson', data: city },
      villages: { type: 'geojson', data: villages },
      'village-labels': { type: 'geojson', data: labelPoints(villages) },
    },
    layers: [
      { id: 'water-all', type: 'background', paint: { 'background-color': water } },
      { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': land, 'fill-antialias': true } },
      { id: 'city', type: 'fill', source: 'city', paint: { 'fill-color': panel, 'fill-opacity': 0.65 } },
      { id: 'sea', type: 'fill', source: 'sea', paint: { 'fill-color': water } },
      { id: 'water', type: 'fill', source: 'water', paint: { 'fill-color': water } },
      { id: 'rivers', type: 'line', source: 'rivers', paint: { 'line-color': water, 'line-width': byZoom(8, scale, 14, 5 * scale) } },
      {
        id: 'metro', type: 'line', source: 'metro', minzoom: 10.5,
        paint: { 'line-color': faint, 'line-opacity': 0.45, 'line-width': byZoom(10, 0.75 * scale, 15, 2.5 * scale) },
      },
      {
        id: 'villages', type: 'line', source: 'villages', minzoom: 12,
        paint: { 'line-color': boundary, 'line-width': 0.5 * scale, 'line-dasharray': [2, 2] },
      },
      { id: 'towns', type: 'line', source: 'towns', paint: { 'line-color': boundary, 'line-width': 0.75 * scale, 'line-dasharray': [4, 2] } },
      { id: 'city-line', type: 'line', source: 'city', paint: { 'line-color': boundary, 'line-width': 1.5 * scale } },
      label('village-labels', 13, byZoom(13, 11 * scale, 16, 14 * scale), faint, 1),
      // The whole city is looked at from zoom 9 on a desk, and nobody knows its way about without names; nearer than 12 a name is beside what one looks at, and fades.
      label('town-labels', 9, byZoom(9, 11 * scale, 13, 15 * scale), secondary, byZoom(12, 1, 15, 0.5)),
    ],
  };
}

/** The places where the outlines' names stand, from their property `label`.
 * @param {Outlines} outlines @returns {Outlines} */
export function labelPoints({ features }) {
  const labelled = features.filter(({ properties }) => Array.isArray(properties?.label));
  return {
    type: 'FeatureCollection',
    features: labelled.map(({ properties }) => ({
      type: 'Feature',
      properties: { name: properties?.name, name_en: properties?.name_en },
      geometry: { type: 'Point', coordinates: properties?.label },
    })),
  };
}
