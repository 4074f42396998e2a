// The map of a phone: the city's own ground on a canvas, marks as buttons over it, moved by fingers, wheel and keys. Small enough
// to arrive over a poor network, and drawn without a graphics card. Draws only when something has changed.

import { Ground, eastOf, latOf, scaleOf, southOf, zoomOf } from './pocket_ground.js';
import { followFingers } from './pocket_fingers.js';

/** @typedef {{id: string, lng: number, lat: number, level: number, late: boolean, title: string}} Mark */
/** @typedef {import('./pocket_ground.js').Look} Look */
/** @typedef {import('./pocket_ground.js').Outlines} Outlines */

const NEAREST = 18;
const LOOKED_AT = 14;
const EASE_MS = 200;
const METRES_ROUND = 40_075_016.7;
const WORDS = {
  zh: { nearer: '放大', farther: '缩小', here: '我的位置', unknown: '定位不可用', map: '地图：方向键移动，加减号缩放' },
  en: { nearer: 'Zoom in', farther: 'Zoom out', here: 'Where I am', unknown: 'No position', map: 'Map: arrow keys move it, plus and minus zoom' },
};

/** @returns {'zh' | 'en'} */
const language = () => (document.documentElement.lang.startsWith('zh') ? 'zh' : 'en');

/** @param {string} path @returns {Promise<Outlines>} */
async function outlines(path) {
  const answer = await fetch(path).catch(() => undefined);
  return answer?.ok ? answer.json() : { type: 'FeatureCollection', features: [] };
}

/** As the theme's are now. @returns {import('./pocket_ground.js').Tokens} */
function tokens() {
  const style = getComputedStyle(document.documentElement);
  const token = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return {
    land: token('land'), water: token('water'), boundary: token('boundary'), panel: token('panel'), secondary: token('secondary'),
    faint: token('faint'), selection: token('selection'), name: language() === 'zh' ? 'name' : 'name_en',
  };
}

/** @param {HTMLElement} container @param {[number, number, number, number]} bounds west, south, east, north
 * @param {(id: string) => void} picked */
export async function open(container, bounds, picked) {
  const [west, south, east, north] = bounds;
  const town = await fetch('/api/v1/jurisdictions.geojson?level=town');
  if (!town.ok) throw new Error(`the towns' outlines: ${town.status}`);
  const rest = ['land', 'sea', 'water', 'rivers', 'metro'].map((name) => outlines(`/api/v1/basemap/${name}.geojson`));
  const [city, land, sea, water, rivers, metro] = await Promise.all([outlines('/api/v1/jurisdictions.geojson?level=city'), ...rest]);
  const all = /** @type {ConstructorParameters<typeof Ground>[1]} */ ({ town: await town.json(), city, land, sea, water, rivers, metro });
  return new PocketMap(container, bounds, new Ground([(west + east) / 2, (south + north) / 2], all), picked);
}

export class PocketMap {
  /** @param {HTMLElement} container @param {[number, number, number, number]} bounds @param {Ground} ground @param {(id: string) => void} picked */
  constructor(container, bounds, ground, picked) {
    this.container = container;
    this.ground = ground;
    this.picked = picked;
    this.tokens = tokens();
    /** @type {Map<string, {button: HTMLElement, x: number, y: number}>} */
    this.marks = new Map();
    /** @type {{x: number, y: number, metres: number} | undefined} */
    this.here = undefined;
    this.awaited = 0;
    this.canvas = document.createElement('canvas');
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute('role', 'application');
    this.over = document.createElement('div');
    this.over.className = 'map-marks';
    this.controls = document.createElement('div');
    this.controls.className = 'map-controls';
    this.bar = document.createElement('div');
    this.bar.className = 'map-scale';
    container.replaceChildren(this.canvas, this.over, this.bar, this.controls);
    const pen = this.canvas.getContext('2d');
    if (!pen) throw new Error('this browser has no canvas');
    this.pen = pen;

    const [west, south, east, north] = bounds;
    const [left, top] = ground.origin;
    this.edges = { left: eastOf(west) - left, right: eastOf(east) - left, top: southOf(north) - top, bottom: southOf(south) - top };
    /** @type {Look} */
    this.look = { x: 0, y: 0, scale: 1, zoom: 0, width: 0, height: 0 };
    /** Device pixels to a pixel, and the zoom that shows the whole city: `measure` says. */
    this.density = 1;
    this.farthest = 0;
    this.measure();
    this.whole();
    this.name();
    this.watched = new ResizeObserver(() => { this.measure(); this.move(0, 0); });
    this.watched.observe(container);
    this.letGo = followFingers(this);
  }

  /** How large it is now. */
  measure() {
    const { clientWidth, clientHeight } = this.container;
    this.density = Math.min(3, devicePixelRatio || 1);
    this.canvas.width = Math.round(clientWidth * this.density);
    this.canvas.height = Math.round(clientHeight * this.density);
    Object.assign(this.look, { width: clientWidth, height: clientHeight });
    const { left, right, top, bottom } = this.edges;
    this.farthest = zoomOf(Math.max(1, Math.min(clientWidth - 32, ((clientHeight - 32) * (right - left)) / (bottom - top))) / (right - left));
  }

  /** The whole city. */
  whole() {
    const { left, right, top, bottom } = this.edges;
    Object.assign(this.look, { x: (left + right) / 2, y: (top + bottom) / 2 });
    this.zoomTo(this.farthest);
  }

  /** @param {number} zoom */
  zoomTo(zoom) {
    this.look.zoom = Math.min(NEAREST, Math.max(this.farthest - 0.5, zoom));
    this.look.scale = scaleOf(this.look.zoom);
    this.move(0, 0);
  }

  /** The ground under a point of the picture stays under it. @param {number} by @param {number} x @param {number} y */
  zoomAround(by, x, y) {
    const { look } = this;
    const [dx, dy] = [x - look.width / 2, y - look.height / 2];
    const [east, south] = [look.x + dx / look.scale, look.y + dy / look.scale];
    this.zoomTo(look.zoom + by);
    look.x = east - dx / look.scale;
    look.y = south - dy / look.scale;
    this.move(0, 0);
  }

  /** By so many pixels, as a finger pushes it; the city never leaves the picture. @param {number} dx @param {number} dy */
  move(dx, dy) {
    const { look, edges } = this;
    look.x = Math.min(edges.right, Math.max(edges.left, look.x - dx / look.scale));
    look.y = Math.min(edges.bottom, Math.max(edges.top, look.y - dy / look.scale));
    this.later();
  }

  /** Draws with the next frame, once however much has changed. */
  later() {
    if (this.awaited) return;
    this.awaited = requestAnimationFrame(() => {
      this.awaited = 0;
      this.draw();
    });
  }

  draw() {
    const { look, pen } = this;
    if (look.width === 0) return;
    this.ground.draw(pen, look, this.tokens, this.density);
    if (this.here) this.drawHere(this.here);
    for (const { button, x, y } of this.marks.values()) {
      const [left, top] = [(x - look.x) * look.scale + look.width / 2, (y - look.y) * look.scale + look.height / 2];
      const outside = left < -40 || top < -40 || left > look.width + 40 || top > look.height + 40;
      button.style.visibility = outside ? 'hidden' : '';
      button.style.transform = `translate(${left}px, ${top}px) translate(-50%, -50%)`;
    }
    this.measureOff();
  }

  /** @param {{x: number, y: number, metres: number}} here */
  drawHere({ x, y, metres }) {
    const { look, pen } = this;
    const [left, top] = [(x - look.x) * look.scale + look.width / 2, (y - look.y) * look.scale + look.height / 2];
    pen.fillStyle = this.tokens.selection;
    pen.globalAlpha = 0.15;
    pen.beginPath();
    pen.arc(left, top, Math.min(2_000, metres / this.metresToPixel()), 0, 7);
    pen.fill();
    pen.globalAlpha = 1;
    pen.beginPath();
    pen.arc(left, top, 6, 0, 7);
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = this.tokens.panel;
    pen.stroke();
  }

  metresToPixel() {
    const lat = latOf(this.look.y + this.ground.origin[1]);
    return (METRES_ROUND * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** this.look.zoom);
  }

  /** The longest round length that fits a quarter of the picture. */
  measureOff() {
    const most = (this.look.width / 4) * this.metresToPixel();
    const ten = 10 ** Math.floor(Math.log10(most));
    const length = [5, 2, 1].map((one) => one * ten).find((one) => one <= most) ?? ten;
    this.bar.style.width = `${length / this.metresToPixel()}px`;
    const said = length >= 1000 ? `${length / 1000} km` : `${length} m`;
    if (this.bar.textContent !== said) this.bar.textContent = said;
  }

  /** Buttons and names in the page's language. */
  name() {
    const words = WORDS[language()];
    this.canvas.setAttribute('aria-label', words.map);
    /** @param {string} label @param {string} shape @param {() => void} press */
    const button = (label, shape, press) => {
      const made = document.createElement('button');
      made.type = 'button';
      made.title = label;
      made.setAttribute('aria-label', label);
      made.innerHTML = `<svg viewBox="0 0 24 24"><path d="${shape}"></path></svg>`;
      made.addEventListener('click', press);
      return made;
    };
    const { width, height } = this.look;
    this.locator = button(words.here, 'M12 3v4m0 10v4M3 12h4m10 0h4M12 7a5 5 0 1 1 0 10 5 5 0 1 1 0-10', () => this.locate());
    this.controls.replaceChildren(
      button(words.nearer, 'M12 5v14M5 12h14', () => this.zoomAround(1, width / 2, height / 2)),
      button(words.farther, 'M5 12h14', () => this.zoomAround(-1, width / 2, height / 2)),
      this.locator,
    );
  }

  /** Where the phone is, asked once more with each press. */
  locate() {
    const { locator } = this;
    if (!locator) return;
    locator.setAttribute('aria-busy', 'true');
    const done = (/** @type {string} */ label) => {
      locator.removeAttribute('aria-busy');
      locator.title = label;
      locator.setAttribute('aria-label', label);
    };
    const words = WORDS[language()];
    if (!navigator.geolocation) {
      done(words.unknown);
      return;
    }
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      const [left, top] = this.ground.origin;
      this.here = { x: eastOf(coords.longitude) - left, y: southOf(coords.latitude) - top, metres: coords.accuracy };
      done(words.here);
      this.easeTo(this.here.x, this.here.y);
    }, () => done(words.unknown), { enableHighAccuracy: true, timeout: 15_000, maximumAge: 10_000 });
  }

  /** Those that are gone go, the others stay where they are. @param {Mark[]} marks */
  setMarks(marks) {
    const wanted = new Map(marks.map((mark) => [`${mark.id} ${mark.level} ${mark.late} ${mark.lng} ${mark.lat} ${mark.title}`, mark]));
    for (const [key, { button }] of this.marks) {
      if (!wanted.has(key)) {
        button.remove();
        this.marks.delete(key);
      }
    }
    const [left, top] = this.ground.origin;
    for (const [key, mark] of wanted) {
      if (this.marks.has(key)) continue;
      const button = this.mark(mark);
      this.over.append(button);
      this.marks.set(key, { button, x: eastOf(mark.lng) - left, y: southOf(mark.lat) - top });
    }
    this.later();
  }

  /** @param {Mark} mark */
  mark({ id, level, late, title }) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'map-mark';
    button.title = title;
    button.setAttribute('aria-label', title);
    const notch = late ? '<svg class="notch" viewBox="0 0 24 24"><use href="#mark-late"></use></svg>' : '';
    button.innerHTML = `<span class="mark s${level}"><svg viewBox="0 0 24 24"><use href="#mark-${level}"></use></svg>${notch}</span>`;
    button.addEventListener('click', () => this.picked(id));
    return button;
  }

  /** A person asked to see a place. @param {number} lng @param {number} lat */
  lookAt(lng, lat) {
    const [left, top] = this.ground.origin;
    this.easeTo(eastOf(lng) - left, southOf(lat) - top);
  }

  /** @param {number} x @param {number} y */
  easeTo(x, y) {
    const { look } = this;
    const from = { x: look.x, y: look.y, zoom: look.zoom };
    const zoom = Math.max(look.zoom, LOOKED_AT);
    const lasts = matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : EASE_MS;
    const begun = performance.now();
    const step = (/** @type {number} */ now) => {
      const share = lasts === 0 ? 1 : Math.min(1, Math.max(0, (now - begun) / lasts));
      const eased = 1 - (1 - share) ** 3;
      Object.assign(look, { x: from.x + eased * (x - from.x), y: from.y + eased * (y - from.y) });
      this.zoomTo(from.zoom + eased * (zoom - from.zoom));
      if (share < 1 && this.container.isConnected) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  /** Another theme or language. */
  restyle() {
    this.tokens = tokens();
    this.name();
    this.later();
  }

  close() {
    cancelAnimationFrame(this.awaited);
    this.watched.disconnect();
    this.letGo();
    this.container.replaceChildren();
  }
}
