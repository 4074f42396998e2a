// The map of a phone's sheet: the city's own ground with the marks it is given. Loads MapLibre when first opened; nothing that
// arrives moves it.

import { styleOf } from './ground.js';

/** MapLibre's own module, beside this one in the site folder. */
const LIBRARY = './maplibre-gl.mjs';

/** @typedef {{id: string, lng: number, lat: number, level: number, late: boolean, title: string}} Mark */

/** @type {import('maplibre-gl').Map | undefined} */
let map;
/** @type {typeof import('maplibre-gl')} */
let library;
/** @type {import('./ground.js').Outlines[]} */
let outlines = [];
/** @type {Map<string, import('maplibre-gl').Marker>} */
const shown = new Map();
/** @type {(id: string) => void} */
let pick = () => {};

/** @param {string} level @returns {Promise<import('./ground.js').Outlines>} */
async function outline(level) {
  const answer = await fetch(`/api/v1/jurisdictions.geojson?level=${level}`).catch(() => undefined);
  return answer?.ok ? answer.json() : { type: 'FeatureCollection', features: [] };
}

/** As the theme's tokens are now. */
function style() {
  const tokens = getComputedStyle(document.documentElement);
  const token = (/** @type {string} */ name) => tokens.getPropertyValue(`--${name}`).trim();
  const name = document.documentElement.lang.startsWith('zh') ? 'name' : 'name_en';
  const ground = {
    land: token('land'), water: token('water'), boundary: token('boundary'), panel: token('panel'),
    secondary: token('secondary'), faint: token('faint'), name: /** @type {'name' | 'name_en'} */ (name), scale: 1,
  };
  return styleOf(ground, ...(/** @type {[any, any, any]} */ (outlines)));
}

function loadStyles() {
  return new Promise((done) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = new URL('./maplibre-gl.css', import.meta.url).href;
    link.onload = link.onerror = done;
    document.head.append(link);
  });
}

/** @param {HTMLElement} container @param {[number, number, number, number]} bounds west, south, east, north
 * @param {(id: string) => void} picked */
export async function openMap(container, bounds, picked) {
  pick = picked;
  const empty = outline('village');
  [library, outlines] = await Promise.all([import(LIBRARY), Promise.all([outline('town'), outline('city'), empty]), loadStyles()]);
  const [west, south, east, north] = bounds;
  map = new library.Map({
    container, style: style(), bounds: [[west, south], [east, north]], fitBoundsOptions: { padding: 16 },
    attributionControl: false, maplibreLogo: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, fadeDuration: 0,
    renderWorldCopies: false,
    localIdeographFontFamily: '"Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif',
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new library.NavigationControl({ showCompass: false }), 'bottom-right');
  map.addControl(new library.GeolocateControl({ positionOptions: { enableHighAccuracy: true }, trackUserLocation: true }), 'bottom-right');
  const opened = map;
  await new Promise((done, failed) => {
    opened.once('load', () => done(undefined));
    opened.once('error', ({ error }) => { if (!opened.isStyleLoaded()) failed(error); });
  });
}

/** @param {Mark} mark */
function element({ id, level, late, title }) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'map-mark';
  button.title = title;
  button.setAttribute('aria-label', title);
  const notch = late ? '<svg class="notch" viewBox="0 0 24 24"><use href="#mark-late"></use></svg>' : '';
  button.innerHTML = `<span class="mark s${level}"><svg viewBox="0 0 24 24"><use href="#mark-${level}"></use></svg>${notch}</span>`;
  button.addEventListener('click', (event) => { event.stopPropagation(); pick(id); });
  return button;
}

/** Those that are gone go, the others stay where they are. @param {Mark[]} marks */
export function setMarks(marks) {
  if (!map) return;
  const wanted = new Map(marks.map((mark) => [`${mark.id} ${mark.level} ${mark.late} ${mark.lng} ${mark.lat}`, mark]));
  for (const [key, marker] of shown) {
    if (!wanted.has(key)) {
      marker.remove();
      shown.delete(key);
    }
  }
  for (const [key, mark] of wanted) {
    if (shown.has(key)) continue;
    shown.set(key, new library.Marker({ element: element(mark) }).setLngLat([mark.lng, mark.lat]).addTo(map));
  }
}

/** A person asked to see a place. @param {number} lng @param {number} lat */
export function lookAt(lng, lat) {
  map?.easeTo({ center: [lng, lat], zoom: Math.max(map.getZoom(), 14), duration: 200 });
}

export function resize() {
  map?.resize();
}

/** Another theme or language. */
export function restyle() {
  map?.setStyle(style(), { diff: false });
}

export function close() {
  shown.clear();
  map?.remove();
  map = undefined;
}
