// What every server here is told: orders come line by line, `go` and `stop`; it ends with its input.

import { createInterface } from 'node:readline';
import { batch, byCell } from './fleet.mjs';

const UNITS = 10_000;
const BEATS_A_TICK = 5;
export const CELLS_A_SIDE = 16;
export const [work, bytes] = [process.argv[2], Number(process.argv[3])];

// Calls `tell(message, cell)` every 50 ms for whatever there is to say then; a cell only where the work is by cells.
export function obey(tell) {
  const same = '7'.repeat(bytes || 0);
  let beat = 0;
  const tick = () => {
    if (work === 'same') tell(same);
    if (work === 'some') tell(`${Math.round((performance.timeOrigin + performance.now()) * 1000)} ${'7'.repeat(2_000)}`);
    if (work === 'moves') {
      tell(batch(UNITS, beat + 1, beat + BEATS_A_TICK));
      beat += BEATS_A_TICK;
    }
    if (work === 'cells') {
      beat += 1;
      for (const [cell, rows] of byCell(UNITS, beat, CELLS_A_SIDE)) tell(JSON.stringify([beat, Date.now(), rows]), `c${cell}`);
    }
  };
  let timer;
  createInterface({ input: process.stdin })
    .on('line', (order) => {
      clearInterval(timer);
      if (order === 'go') timer = setInterval(tick, 50);
    })
    .on('close', () => process.exit());
}
