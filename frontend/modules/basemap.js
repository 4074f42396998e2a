// Camera, gestures and basemap by MapLibre, behind the few functions that app/src/map/renderer.rs calls.
// Loaded after the page works; nothing here knows what an incident is, and nothing moves the camera by itself.

import { styleOf } from './ground.js';

/** MapLibre's own module, beside this one in the site folder. */
const LIBRARY = './maplibre-gl.mjs';

/** While its sources come in one by one the map draws as many pictures, which nobody sees and a weak machine pays for. */
const COMING_RATIO = 0.02;

/** @typedef {import('maplibre-gl').Map} LiveMap */
/** @typedef {(gl: WebGL2RenderingContext) => void} Begin */
/** @typedef {(matrix: Float64Array, width: number, height: number, ratio: number) => void} Look */

/** The outlines of the city pack, asked for once. @type {Promise<import('./ground.js').Outlines[]> | undefined} */
let outlines;

/** @param {'town' | 'city' | 'village'} level @returns {Promise<import('./ground.js').Outlines>} an empty one where there is none */
async function outline(level) {
  const answer = await fetch(`/api/v1/jurisdictions.geojson?level=${level}`).catch(() => undefined);
  return answer?.ok ? answer.json() : { type: 'FeatureCollection', features: [] };
}

/** @param {import('./ground.js').Ground} ground */
async function styled(ground) {
  outlines ??= Promise.all([outline('town'), outline('city'), outline('village')]);
  const [towns, city, villages] = /** @type {import('./ground.js').Outlines[]} */ (await outlines);
  return styleOf(ground, ...(/** @type {[any, any, any]} */ ([towns, city, villages])));
}

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
 * `begin(gl)` is called with the context to draw what lives with, and again when the browser has taken it away and given
 * another; `look(matrix, width, height, ratio)` in every frame of the map. Resolves once the style stands.
 * @param {HTMLElement} container @param {{ground: import('./ground.js').Ground}} options beside MapLibre's own @param {Begin} begin @param {Look} look
 * @param {() => void} moved @param {(x: number, y: number, lng: number, lat: number) => void} clicked
 * @param {(x: number, y: number) => void} pointed @returns {Promise<LiveMap>}
 */
export async function openMap(container, options, begin, look, moved, clicked, pointed) {
  const { ground, ...others } = options;
  const [library, style] = await Promise.all([import(LIBRARY), styled(ground), loadStyles()]);
  const live = liveCanvas();
  /** @type {typeof import('maplibre-gl')} */
  const { Map } = library;
  const map = new Map({
    container,
    attributionControl: false,
    maplibreLogo: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: 0,
    pixelRatio: COMING_RATIO,
    renderWorldCopies: false,
    // Two screens of 3840 side by side, at their own resolution.
    maxCanvasSize: [8192, 8192],
    // Chinese is drawn with the browser's own fonts.
    localIdeographFontFamily: '"Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif',
    style,
    ...others,
  });
  // Nobody waits for half a map, and a picture that is not shown is not copied to the screen.
  const canvas = map.getCanvas();
  canvas.style.display = 'none';
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  try {
    await new Promise((done, failed) => {
      map.once('load', () => done(undefined));
      map.once('error', ({ error }) => { if (!map.isStyleLoaded()) failed(error); });
    });
    await idle(map);
    await drawn(canvas);
    container.append(live);
    start(live, begin);
    const followed = () => { if (!map.getLayer('camera')) map.addLayer(cameraLayer(look)); };
    followed();
    // Another style has no layer of ours, nor has one that MapLibre makes anew after the browser took its context away.
    map.on('style.load', followed);
    // From now on as sharp as the screen, also when it is moved to another one.
    map.setPixelRatio(/** @type {any} */ (undefined));
    await idle(map);
    await Promise.all([drawn(canvas), drawn(live)]);
  } catch (error) {
    giveBack(live);
    map.remove();
    throw error;
  }
  canvas.style.display = live.style.display = '';
  // A configured basemap comes after: the map does not wait for whoever gives its tiles.
  import('./tiles.js').then(({ layTiles }) => layTiles(map, ground.scale)).catch((error) => console.error(error));
  map.on('moveend', moved);
  map.on('move', moved);
  map.on('click', ({ point, lngLat }) => clicked(point.x, point.y, lngLat.lng, lngLat.lat));
  map.on('mousemove', ({ point }) => pointed(point.x, point.y));
  return map;
}

/** What lives has a canvas of its own over the map's: it changes without the basemap being drawn again. Not yet shown. */
function liveCanvas() {
  const canvas = document.createElement('canvas');
  canvas.className = 'live-canvas';
  canvas.style.display = 'none';
  canvas.getContext('webgl2', { antialias: false, depth: false, stencil: false });
  return canvas;
}

/** @param {HTMLCanvasElement} canvas @param {Begin} begin */
function start(canvas, begin) {
  const gl = canvas.getContext('webgl2');
  if (!gl) throw new Error('the browser gives no second WebGL2 context');
  canvas.addEventListener('webglcontextlost', (event) => event.preventDefault());
  canvas.addEventListener('webglcontextrestored', () => begin(gl));
  begin(gl);
}

/** When the map has nothing more to draw. @param {LiveMap} map */
function idle(map) {
  return new Promise((done) => { map.once('idle', done); map.triggerRepaint(); });
}

/** When the graphics card has done all it was given. Without one the page would stand still until then, were the picture shown.
 * @param {HTMLCanvasElement} canvas */
async function drawn(canvas) {
  const gl = canvas.getContext('webgl2');
  const done = gl?.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
  if (!gl || !done) return;
  gl.flush();
  while (gl.getSyncParameter(done, gl.SYNC_STATUS) === gl.UNSIGNALED) await new Promise((next) => setTimeout(next, 16));
}

/** Draws nothing: says in every frame how the map is looked at.
 * @param {Look} look @returns {import('maplibre-gl').CustomLayerInterface} */
function cameraLayer(look) {
  return {
    id: 'camera',
    type: 'custom',
    renderingMode: '2d',
    render({ drawingBufferWidth: width, drawingBufferHeight: height, canvas }, { defaultProjectionData: { mainMatrix } }) {
      const shown = canvas instanceof HTMLCanvasElement ? Number.parseFloat(canvas.style.width) : width;
      look(Float64Array.from(mainMatrix), width, height, width / shown);
    },
  };
}

/** A new style (theme or language) keeps the camera.
 * @param {LiveMap} map @param {import('./ground.js').Ground} ground */
export async function restyle(map, ground) {
  map.setStyle(await styled(ground), { diff: false });
}

/** @param {LiveMap} map @param {string} cursor */
export function setCursor(map, cursor) { map.getCanvas().style.cursor = cursor; }
/** @param {LiveMap} map @param {number} by */
export function zoomBy(map, by) { map.zoomTo(map.getZoom() + by, { duration: 160 }); }
/** @param {LiveMap} map @param {number} lng @param {number} lat @param {number} zoom */
export function showPlace(map, lng, lat, zoom) {
  map.easeTo({ center: [lng, lat], zoom: Math.max(map.getZoom(), zoom), duration: 200 });
}
/** @param {LiveMap} map @param {number} west @param {number} south @param {number} east @param {number} north */
export function showBounds(map, west, south, east, north) {
  map.fitBounds([[west, south], [east, north]], { padding: 24, duration: 200 });
}
/** Within the edges of the box that nothing covers, and at once: a wall is framed, not flown.
 * @param {LiveMap} map @param {number} west @param {number} south @param {number} east @param {number} north
 * @param {number} left @param {number} top @param {number} right @param {number} bottom */
export function frame(map, west, south, east, north, left, top, right, bottom) {
  map.resize();
  map.fitBounds([[west, south], [east, north]], { padding: { left, top, right, bottom }, duration: 0 });
}
/** Browsers allow a page only so many contexts at a time. @param {HTMLCanvasElement} canvas */
function giveBack(canvas) {
  canvas.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext();
  canvas.remove();
}

/** @param {LiveMap} map */
export function closeMap(map) {
  const canvas = map.getContainer().querySelector('canvas.live-canvas');
  if (canvas instanceof HTMLCanvasElement) giveBack(canvas);
  map.remove();
}

/** Longitude and latitude of the centre, zoom; then the view's west, south, east, north.
 * @param {LiveMap} map */
export function camera(map) {
  const { lng, lat } = map.getCenter();
  const bounds = map.getBounds();
  return Float64Array.of(lng, lat, map.getZoom(), bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth());
}
