// Imagery by date over the ground, and two dates beside each other: the left one in the map itself, the right one in a second
// map that looks where the first looks and is cut off at the divider. What lives is drawn above both, once. Moves no camera.

import { beneath, liftBoundaries, overGround } from './tiles.js';
import { sourceOf, watchReach } from './tilesets.js';

const LIBRARY = './maplibre-gl.mjs';
const OURS = 'imagery';
/** A style that changes does so in many small steps. */
const SETTLED_MS = 120;

/** @typedef {import('maplibre-gl').Map} LiveMap */
/** @typedef {import('./tilesets.js').Tiles} Tiles */
/** @typedef {import('maplibre-gl').RasterSourceSpecification} Source */
/** What is to be seen: nothing, one date, or two with the divider in percent of the map's width; opacity in percent.
 * @typedef {{left?: Tiles, right?: Tiles, opacity?: number, divider?: number}} Wanted */

/** @type {WeakMap<LiveMap, Shown>} */
const shown = new WeakMap();

class Shown {
  /** @type {Source | undefined} */ left;
  /** @type {Source | undefined} */ right;
  opacity = 1;
  /** Percent of the map's width. */ divider = 50;
  /** Counts what was asked for: only the latest holds. */ turn = 0;
  /** @type {LiveMap | undefined} */ other;
  /** @type {ReturnType<typeof watchReach> | undefined} */ otherReach;
  /** @type {HTMLElement | undefined} */ box;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ waiting;

  /** @param {LiveMap} map */
  constructor(map) {
    this.map = map;
    this.reach = watchReach(map, OURS, () => this.tell());
    map.on('style.load', () => this.lay());
    map.on('styledata', () => this.settle());
    map.on('move', () => this.look());
    map.once('remove', () => { this.turn += 1; this.closeOther(); delete document.documentElement.dataset.imagery; });
  }

  /** The left date, into the map's own style. */
  lay() {
    const { map, left } = this;
    if (map.getLayer(OURS)) map.removeLayer(OURS);
    if (map.getSource(OURS)) map.removeSource(OURS);
    if (!left) {
      liftBoundaries(map);
      return;
    }
    map.addSource(OURS, left);
    map.addLayer(layer(this.opacity), beneath(map, overGround));
    liftBoundaries(map);
  }

  /** The right date: everything the map shows but of that date. */
  style() {
    const style = this.map.getStyle();
    if (!style || !this.right) return undefined;
    const at = style.layers.findIndex(({ id }) => id === OURS || overGround(id));
    const layers = style.layers.filter(({ id }) => id !== OURS);
    layers.splice(at < 0 ? layers.length : at, 0, layer(this.opacity));
    return { ...style, sources: { ...style.sources, [OURS]: this.right }, layers };
  }

  /** The other map follows what is switched on this one. */
  settle() {
    if (!this.other) return;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      const style = this.style();
      if (this.other && style) this.other.setStyle(style);
    }, SETTLED_MS);
  }

  look() {
    this.other?.jumpTo({ center: this.map.getCenter(), zoom: this.map.getZoom() });
  }

  /** @param {typeof import('maplibre-gl')} library */
  openOther({ Map }) {
    const { map } = this;
    const style = this.style();
    if (!style) return;
    const box = document.createElement('div');
    box.className = 'imagery-other';
    box.setAttribute('aria-hidden', 'true');
    map.getContainer().insertBefore(box, map.getContainer().querySelector('.live-canvas'));
    this.box = box;
    this.other = new Map({
      container: box, style, center: map.getCenter(), zoom: map.getZoom(), minZoom: map.getMinZoom(), maxZoom: map.getMaxZoom(),
      interactive: false, attributionControl: false, maplibreLogo: false, fadeDuration: 0, renderWorldCopies: false,
      maxCanvasSize: [8192, 8192],
      localIdeographFontFamily: '"Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif',
    });
    // It is a picture beside the map, which has a name and takes the keys.
    this.other.getCanvas().tabIndex = -1;
    this.otherReach = watchReach(this.other, OURS, () => this.tell());
    // The map itself says whether the ground can be reached.
    watchReach(this.other, 'ground-', () => {});
    this.cut();
  }

  cut() {
    if (this.box) this.box.style.clipPath = `inset(0 0 0 ${this.divider}%)`;
  }

  closeOther() {
    clearTimeout(this.waiting);
    const graphics = this.other?.getCanvas().getContext('webgl2')?.getExtension('WEBGL_lose_context');
    this.other?.remove();
    // Browsers allow a page only so many contexts at a time.
    graphics?.loseContext();
    this.box?.remove();
    this.other = this.otherReach = this.box = undefined;
  }

  /** The page says it beside whose imagery it is. */
  tell() {
    const isBad = this.reach.isBad || this.otherReach?.isBad;
    document.documentElement.dataset.imagery = isBad ? 'unreached' : 'reached';
  }
}

/** @param {number} opacity @returns {import('maplibre-gl').RasterLayerSpecification} */
function layer(opacity) {
  return { id: OURS, type: 'raster', source: OURS, paint: { 'raster-opacity': opacity, 'raster-fade-duration': 0 } };
}

/** Shows what is wanted and nothing else. @param {LiveMap} map @param {Wanted} wanted */
export async function showImagery(map, { left, right, opacity = 100, divider = 50 }) {
  const state = shown.get(map) ?? new Shown(map);
  shown.set(map, state);
  state.turn += 1;
  const { turn } = state;
  const [leftSource, rightSource, library] = await Promise.all([left && sourceOf(left), right && sourceOf(right), import(LIBRARY)]);
  if (turn !== state.turn) return;
  state.divider = divider;
  state.cut();
  const before = JSON.stringify([state.left, state.right, state.opacity]);
  const isOtherLeft = JSON.stringify(leftSource) !== JSON.stringify(state.left);
  const isOtherRight = JSON.stringify(rightSource) !== JSON.stringify(state.right);
  state.left = /** @type {Source | undefined} */ (leftSource);
  state.right = /** @type {Source | undefined} */ (rightSource);
  state.opacity = opacity / 100;
  if (isOtherLeft) state.reach.reset();
  if (isOtherRight) state.otherReach?.reset();
  if (before !== JSON.stringify([state.left, state.right, state.opacity])) {
    if (isOtherLeft) state.lay();
    else if (map.getLayer(OURS)) map.setPaintProperty(OURS, 'raster-opacity', state.opacity);
    if (!right) state.closeOther();
    else if (state.other) state.settle();
    else state.openOther(library);
  }
  state.tell();
}
