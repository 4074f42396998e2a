// Camera, gestures and basemap by MapLibre, behind the few functions that app/src/map/renderer.rs calls.
// Loaded after the page works; nothing here knows what an incident is, and nothing moves the camera by itself.

/** The stylesheet of MapLibre stands beside this module and is asked for only with the map. */
function loadStyles() {
  return new Promise((done) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = new URL('./maplibre-gl.css', import.meta.url).href;
    link.onload = link.onerror = done;
    document.head.append(link);
  });
}

/**
 * `draw(gl, matrix, width, height)` is called in every frame; `lost()` when the browser takes the context away.
 * Resolves once the style stands and the layer is in it.
 */
export async function openMap(container, options, begin, draw, moved, clicked, pointed) {
  const [{ Map }] = await Promise.all([import('./maplibre-gl.mjs'), loadStyles()]);
  const map = new Map({
    container,
    attributionControl: false,
    maplibreLogo: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: 0,
    renderWorldCopies: false,
    ...options,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  await new Promise((done, failed) => {
    map.once('load', done);
    map.once('error', ({ error }) => { if (!map.isStyleLoaded()) failed(error); });
  });
  map.addLayer(liveLayer(begin, draw));
  map.on('moveend', moved);
  map.on('move', moved);
  map.on('click', ({ point, lngLat }) => clicked(point.x, point.y, lngLat.lng, lngLat.lat));
  map.on('mousemove', ({ point }) => pointed(point.x, point.y));
  new ResizeObserver(() => map.resize()).observe(container);
  return map;
}

function liveLayer(begin, draw) {
  return {
    id: 'live',
    type: 'custom',
    renderingMode: '2d',
    onAdd(map, gl) { begin(gl); },
    render(gl, { defaultProjectionData: { mainMatrix } }) {
      draw(Float64Array.from(mainMatrix), gl.drawingBufferWidth, gl.drawingBufferHeight);
    },
  };
}

/** A new style (theme or language) keeps our layer and the camera. */
export function restyle(map, style, begin, draw) {
  map.once('style.load', () => { if (!map.getLayer('live')) map.addLayer(liveLayer(begin, draw)); });
  map.setStyle(style, { diff: false });
}

export function repaint(map) { map.triggerRepaint(); }
export function setCursor(map, cursor) { map.getCanvas().style.cursor = cursor; }
export function zoomBy(map, by) { map.zoomTo(map.getZoom() + by, { duration: 160 }); }
export function showPlace(map, lng, lat, zoom) { map.easeTo({ center: [lng, lat], zoom: Math.max(map.getZoom(), zoom), duration: 200 }); }
export function showBounds(map, west, south, east, north) { map.fitBounds([[west, south], [east, north]], { padding: 24, duration: 200 }); }
export function closeMap(map) { map.remove(); }

/** Longitude and latitude of the centre, zoom; then the view's west, south, east, north. */
export function camera(map) {
  const { lng, lat } = map.getCenter();
  const bounds = map.getBounds();
  return Float64Array.of(lng, lat, map.getZoom(), bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth());
}
