// Each library with its best settings for points that move: no labels, no picking, no animation.
// A side gives `apply(moves)`, `idle()` (the next time all is drawn) and `place(index)` (where it holds a unit).

const CENTRE = [113.875, 22.9];
const ZOOM = 9.2;

/** @param {string} src */
function script(src) {
  return new Promise((done, failed) => {
    const element = document.createElement('script');
    Object.assign(element, { src, onload: done, onerror: failed });
    document.head.append(element);
  });
}

const twoFrames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

/** @param {Int32Array} moves @param {(index: number, lon: number, lat: number) => void} use */
function each(moves, use) {
  for (let at = 0; at < moves.length; at += 3) use(moves[at], moves[at + 1] / 1e6, moves[at + 2] / 1e6);
}

async function empty(_map, places) {
  return {
    apply: (moves) => each(moves, (index, lon, lat) => { places[index] = [lon, lat]; }),
    idle: twoFrames,
    place: (index) => places[index],
  };
}

async function maplibre(container, places, update) {
  const { Map } = await import('./maplibre-gl/dist/maplibre-gl.mjs');
  const features = places.map((place, id) => ({ type: 'Feature', id, properties: {}, geometry: { type: 'Point', coordinates: place } }));
  const collection = { type: 'FeatureCollection', features };
  const map = new Map({
    container, center: CENTRE, zoom: ZOOM, fadeDuration: 0, attributionControl: false,
    style: {
      version: 8, sources: { units: { type: 'geojson', data: collection } },
      layers: [{ id: 'units', type: 'circle', source: 'units', paint: { 'circle-radius': 4, 'circle-color': '#a3b1b9' } }],
    },
  });
  await map.once('idle');
  const source = map.getSource('units');
  return {
    apply(moves) {
      if (!update) {
        each(moves, (index, lon, lat) => { features[index].geometry.coordinates = [lon, lat]; });
        source.setData(collection);
        return;
      }
      const changed = [];
      each(moves, (id, lon, lat) => changed.push({ id, newGeometry: { type: 'Point', coordinates: [lon, lat] } }));
      source.updateData({ update: changed });
    },
    idle: () => map.once('idle'),
    async place(index) {
      const data = await source.getData();
      this.held ??= new globalThis.Map(data.features.map((feature) => [feature.id, feature.geometry.coordinates]));
      return this.held.get(index);
    },
  };
}

async function deck(container, places) {
  await script('@deck.gl/core/dist.min.js');
  await script('@deck.gl/layers/dist.min.js');
  const { Deck, MapView, ScatterplotLayer } = globalThis.deck;
  const positions = new Float32Array(places.flat());
  let drawn = () => {};
  const layer = (data) => new ScatterplotLayer({
    id: 'units', data, getRadius: 4, radiusUnits: 'pixels', getFillColor: [163, 177, 185], pickable: false,
  });
  const data = () => ({ length: places.length, attributes: { getPosition: { value: positions, size: 2 } } });
  const map = new Deck({
    parent: container, views: new MapView({ repeat: false }), controller: false,
    initialViewState: { longitude: CENTRE[0], latitude: CENTRE[1], zoom: ZOOM }, layers: [layer(data())],
    onAfterRender: () => drawn(),
  });
  await new Promise((done) => { drawn = done; });
  return {
    apply(moves) {
      each(moves, (index, lon, lat) => { positions[index * 2] = lon; positions[index * 2 + 1] = lat; });
      map.setProps({ layers: [layer(data())] });
    },
    idle: () => new Promise((done) => { drawn = done; }),
    place: (index) => [positions[index * 2], positions[index * 2 + 1]],
  };
}

async function openlayers(container, places) {
  await script('ol/dist/ol.js');
  const { Map, View, Feature, geom: { Point }, source: { Vector }, layer: { WebGLVector }, proj: { fromLonLat, toLonLat } } = globalThis.ol;
  const points = places.map((place) => new Point(fromLonLat(place)));
  const source = new Vector({ features: points.map((point) => new Feature(point)), useSpatialIndex: false });
  const layer = new WebGLVector({ source, style: { 'circle-radius': 4, 'circle-fill-color': '#a3b1b9' }, disableHitDetection: true });
  const map = new Map({ target: container, layers: [layer], controls: [], interactions: [], view: new View({ center: fromLonLat(CENTRE), zoom: ZOOM + 1 }) });
  await new Promise((done) => map.once('rendercomplete', done));
  return {
    apply: (moves) => each(moves, (index, lon, lat) => points[index].setCoordinates(fromLonLat([lon, lat]))),
    idle: () => new Promise((done) => map.once('rendercomplete', done)),
    place: (index) => toLonLat(points[index].getCoordinates()),
  };
}

async function leaflet(container, places) {
  await script('leaflet/dist/leaflet.js');
  const { L } = globalThis;
  const map = L.map(container, { preferCanvas: true, zoomControl: false, attributionControl: false, zoomAnimation: false, markerZoomAnimation: false })
    .setView([CENTRE[1], CENTRE[0]], 10);
  const renderer = L.canvas({ padding: 0.1 });
  const marks = places.map(([lon, lat]) => L.circleMarker([lat, lon], { renderer, radius: 4, weight: 0, fillOpacity: 1, interactive: false }).addTo(map));
  await twoFrames();
  return {
    apply: (moves) => each(moves, (index, lon, lat) => marks[index].setLatLng([lat, lon])),
    idle: twoFrames,
    place: (index) => { const { lng, lat } = marks[index].getLatLng(); return [lng, lat]; },
  };
}

export const SIDES = {
  empty,
  'maplibre-set': (container, places) => maplibre(container, places, false),
  'maplibre-update': (container, places) => maplibre(container, places, true),
  deck,
  openlayers,
  leaflet,
};
