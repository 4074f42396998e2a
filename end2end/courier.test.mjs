// What is sent next where no page is open: the service worker holds to the same table of cases as the page's own queue.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { nextOf, settled } from '../frontend/modules/courier.js';

/** @typedef {{number: number, incident: string, standing: 'waiting' | 'sent' | 'refused', after?: number, expected?: number | 'earlier'}} Told */
/** @typedef {{says: string, rows: Told[], next: number | null, answer?: {done?: number, refused?: number}, then?: Told[]}} Case */

/** @type {Case[]} */
const cases = JSON.parse(readFileSync(new URL('../app/src/field/queue_cases.json', import.meta.url), 'utf8'));

/** @param {Told[]} told @returns {import('../frontend/modules/courier.js').Row[]} */
function rows(told) {
  const all = told.map((row) => ({
    ...row, id: `c${row.number}`, after: row.after === undefined ? null : `c${row.after}`, expected: row.expected ?? null,
  }));
  return all.sort((a, b) => a.number - b.number);
}

for (const { says, rows: told, next, answer, then } of cases) {
  test(says, () => {
    const waiting = rows(told);
    const chosen = nextOf(waiting);
    assert.equal(chosen?.number ?? null, next);
    if (!chosen) return;
    const changed = new Map(settled(waiting, chosen, answer ?? {}));
    const after = waiting.map((row) => ({ ...row, ...changed.get(row.number) }));
    assert.deepEqual(after, rows(then ?? []));
  });
}
