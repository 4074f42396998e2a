// What the live layer draws, noted by the page's own graphics as it draws.

/** @typedef {import('./people.mjs').Page} Page */

/** Notes of the frame that stands how many corners of heat it draws, how many marks, and how faint the faintest sheet of them is; of
 * each frame, in `frames`, that it was begun; and of the box in `watched` how strongly each pixel of it is covered. For a page's start. */
export function noteDrawing() {
  const noted = /** @type {any} */ (window);
  const nothing = { heat: 0, marks: 0, faintest: 1 };
  noted.drawing = { frames: 0, ...nothing };
  const { prototype } = WebGL2RenderingContext;
  const { drawArrays, drawArraysInstanced, clear, fenceSync, getUniformLocation, uniform1f, useProgram } = prototype;
  const isLive = (/** @type {WebGL2RenderingContext} */ graphics) => graphics.canvas instanceof HTMLCanvasElement && graphics.canvas.className === 'live-canvas';
  let warm = false;
  /** @type {WeakSet<WebGLProgram>} */ const ofHeat = new WeakSet();
  const strengths = new WeakSet();
  prototype.clear = function noting(mask) {
    if (isLive(this)) Object.assign(noted.drawing, { frames: noted.drawing.frames + 1, ...nothing });
    return clear.call(this, mask);
  };
  prototype.useProgram = function noting(program) {
    warm = program !== null && ofHeat.has(program);
    return useProgram.call(this, program);
  };
  prototype.drawArrays = function noting(mode, first, count) {
    if (warm && isLive(this)) noted.drawing.heat += count;
    return drawArrays.call(this, mode, first, count);
  };
  prototype.drawArraysInstanced = function noting(mode, first, count, instances) {
    if (isLive(this)) noted.drawing.marks += instances;
    return drawArraysInstanced.call(this, mode, first, count, instances);
  };
  prototype.getUniformLocation = function noting(program, name) {
    const place = getUniformLocation.call(this, program, name);
    if (place && name === 'u_colour' && isLive(this)) ofHeat.add(program);
    if (place && name === 'u_strength' && getUniformLocation.call(this, program, 'u_shrunk')) strengths.add(place);
    return place;
  };
  prototype.uniform1f = function noting(place, value) {
    if (place && strengths.has(place)) noted.drawing.faintest = Math.min(noted.drawing.faintest, value);
    return uniform1f.call(this, place, value);
  };
  // A frame is drawn when it is fenced, and can be read only now.
  prototype.fenceSync = function noting(condition, flags) {
    if (isLive(this)) {
      noted.drawing.covered = (noted.watched ?? []).map((/** @type {[number, number, number, number]} */ [left, top, wide, high]) => {
        const pixels = new Uint8Array(4 * wide * high);
        this.readPixels(left, this.drawingBufferHeight - top - high, wide, high, this.RGBA, this.UNSIGNED_BYTE, pixels);
        return pixels.filter((_, at) => at % 4 === 3).reduce((sum, alpha) => sum + alpha, 0) / (255 * wide * high);
      });
    }
    return fenceSync.call(this, condition, flags);
  };
}

/** @typedef {{frames: number, heat: number, marks: number, faintest: number, covered?: number[]}} Drawing */

/** Of the frame that stands. @param {Page} page @returns {Promise<Drawing>} */
export const drawing = (page) => page.evaluate(() => /** @type {any} */ (window).drawing);
