// What fingers, wheel and keys do to the pocket map: one finger pushes it and lets it run on, two zoom around what is between
// them, two quick touches look nearer. A touch that stays where it was is left to what lies below it.

/** @typedef {import('./pocket_map.js').PocketMap} PocketMap */

/** Below this a finger has not moved. */
const STILL_PX = 6;
const TWICE_MS = 300;
/** A push of before this no longer runs on, and what runs on slows to a third in this time. */
const FRESH_MS = 60;
const SLOWS_MS = 160;
const KEY_PX = 80;

/** Follows until the returned function is called. @param {PocketMap} map */
export function followFingers(map) {
  const over = new AbortController();
  const { container, canvas } = map;
  /** @type {Map<number, {x: number, y: number}>} */
  const down = new Map();
  let travelled = 0;
  let running = 0;
  let lastTouch = { at: -Infinity, x: 0, y: 0 };
  let speed = { x: 0, y: 0, at: 0 };

  /** @param {PointerEvent | WheelEvent | MouseEvent} event */
  const spot = (event) => {
    const { left, top } = container.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const stop = () => {
    cancelAnimationFrame(running);
    running = 0;
  };
  const middle = () => {
    const points = [...down.values()];
    const sum = points.reduce((all, { x, y }) => ({ x: all.x + x, y: all.y + y }), { x: 0, y: 0 });
    const at = { x: sum.x / points.length, y: sum.y / points.length };
    const [one, other] = points;
    return { ...at, apart: one && other ? Math.hypot(one.x - other.x, one.y - other.y) : 0 };
  };
  const runOn = () => {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches || performance.now() - speed.at > FRESH_MS) return;
    let before = performance.now();
    const step = (/** @type {number} */ now) => {
      const passed = Math.max(0, now - before);
      before = now;
      map.move(speed.x * passed, speed.y * passed);
      const slower = Math.exp(-passed / SLOWS_MS);
      speed = { ...speed, x: speed.x * slower, y: speed.y * slower };
      if (Math.hypot(speed.x, speed.y) > 0.02 && container.isConnected) running = requestAnimationFrame(step);
    };
    running = requestAnimationFrame(step);
  };

  /** @template {keyof HTMLElementEventMap} K @param {HTMLElement} of @param {K} name @param {(event: HTMLElementEventMap[K]) => void} does */
  const on = (of, name, does) => of.addEventListener(name, does, { signal: over.signal, passive: false });

  on(container, 'pointerdown', (event) => {
    if (event.button !== 0) return;
    stop();
    if (down.size === 0) travelled = 0;
    down.set(event.pointerId, spot(event));
    speed = { x: 0, y: 0, at: 0 };
  });
  on(container, 'pointermove', (event) => {
    if (!down.has(event.pointerId)) return;
    const before = middle();
    const [now, was] = [spot(event), down.get(event.pointerId) ?? spot(event)];
    travelled += Math.hypot(now.x - was.x, now.y - was.y);
    if (travelled < STILL_PX && down.size === 1) return;
    // From here on it is a push, and no press of what lies under the finger.
    if (!container.hasPointerCapture(event.pointerId)) container.setPointerCapture(event.pointerId);
    down.set(event.pointerId, now);
    const after = middle();
    const [dx, dy] = [after.x - before.x, after.y - before.y];
    map.move(dx, dy);
    if (before.apart > 0 && after.apart > 0) map.zoomAround(Math.log2(after.apart / before.apart), after.x, after.y);
    const at = performance.now();
    const passed = Math.max(1, at - (speed.at || at - 16));
    speed = { x: 0.6 * (dx / passed) + 0.4 * speed.x, y: 0.6 * (dy / passed) + 0.4 * speed.y, at };
  });
  const up = (/** @type {PointerEvent} */ event) => {
    if (!down.delete(event.pointerId) || down.size > 0) return;
    if (travelled >= STILL_PX) {
      runOn();
      return;
    }
    if (event.target !== canvas) return;
    const at = { at: performance.now(), ...spot(event) };
    const twice = at.at - lastTouch.at < TWICE_MS && Math.hypot(at.x - lastTouch.x, at.y - lastTouch.y) < 30;
    if (twice) map.zoomAround(1, at.x, at.y);
    lastTouch = twice ? { at: -Infinity, x: 0, y: 0 } : at;
  };
  on(container, 'pointerup', up);
  on(container, 'pointercancel', up);
  // A push that ends over a mark does not press it.
  container.addEventListener('click', (event) => {
    if (travelled >= STILL_PX && event.detail > 0) event.stopPropagation();
  }, { capture: true, signal: over.signal });
  on(container, 'wheel', (event) => {
    event.preventDefault();
    stop();
    const { x, y } = spot(event);
    map.zoomAround(-event.deltaY * (event.deltaMode === 0 ? 0.0025 : 0.08), x, y);
  });
  on(canvas, 'keydown', (event) => {
    const { width, height } = map.look;
    const moves = /** @type {Record<string, [number, number]>} */ ({
      ArrowLeft: [KEY_PX, 0], ArrowRight: [-KEY_PX, 0], ArrowUp: [0, KEY_PX], ArrowDown: [0, -KEY_PX],
    });
    const by = moves[event.key];
    if (by) map.move(...by);
    else if (event.key === '+' || event.key === '=') map.zoomAround(0.5, width / 2, height / 2);
    else if (event.key === '-') map.zoomAround(-0.5, width / 2, height / 2);
    else return;
    event.preventDefault();
  });
  return () => {
    stop();
    over.abort();
  };
}
