// The units of `src/stream/fleet.rs`, by the same arithmetic.

const WEST = 113_500_000;
const SOUTH = 22_650_000;
export const WIDTH = 800_000;
export const HEIGHT = 550_000;
const GROUPS = 20;

const mixed = (unit, factor) => Math.imul(unit + 1, factor) >>> 0;
const within = (value, size) => ((value % size) + size) % size;
const steps = (unit, beat) => Math.floor((beat + GROUPS - (unit % GROUPS)) / GROUPS);

function place(unit, beat) {
  const speed = mixed(unit, 3_266_489_917);
  const moved = steps(unit, beat);
  return [
    WEST + within((mixed(unit, 2_654_435_761) % WIDTH) + moved * ((speed % 601) - 300), WIDTH),
    SOUTH + within((mixed(unit, 2_246_822_519) % HEIGHT) + moved * (((speed >>> 10) % 601) - 300), HEIGHT),
  ];
}

export function* movers(units, beat) {
  for (let unit = beat % GROUPS; unit < units; unit += GROUPS) yield unit;
}

export function told(unit, beat) {
  const [lon, lat] = place(unit, beat);
  return [unit, lon, lat, (mixed(unit, 3_266_489_917) + steps(unit, beat) * 7) % 360, 90, 0, 11];
}

// Every unit once, of the newest beat in which it moved.
export function batch(units, from, to) {
  const rows = [];
  for (let beat = from; beat <= to; beat++) for (const unit of movers(units, beat)) rows.push(told(unit, beat));
  return JSON.stringify([to, Date.now(), rows]);
}

// The moves of a beat by the cell of a grid in which they end.
export function byCell(units, beat, side) {
  const cells = new Map();
  for (const unit of movers(units, beat)) {
    const row = told(unit, beat);
    const column = Math.floor(((row[1] - WEST) * side) / WIDTH);
    const line = Math.floor(((row[2] - SOUTH) * side) / HEIGHT);
    const cell = line * side + column;
    const rows = cells.get(cell);
    if (rows) rows.push(row);
    else cells.set(cell, [row]);
  }
  return cells;
}
