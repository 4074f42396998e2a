// What is sent next, and what an answer does to those behind it, where no page is open to decide it: the same as
// app/src/field/queue.rs, and held to the same table of cases. Pure.

/** @typedef {Pick<import('./outbox.js').Row, 'number' | 'incident' | 'standing' | 'id' | 'after' | 'expected'>} Row */

/** The first that waits and before which nothing of its incident was refused. @template {Row} T
 * @param {T[]} rows in the order in which they were given @returns {T | undefined} */
export function nextOf(rows) {
  const held = new Set();
  for (const row of rows) {
    if (row.standing === 'refused') held.add(row.incident);
    else if (row.standing === 'waiting' && !held.has(row.incident)) return row;
  }
  return undefined;
}

/** What becomes of which row. @param {Row[]} rows @param {Row} sent @param {{done?: number, refused?: number}} answer
 * @returns {[number, Partial<Row>][]} */
export function settled(rows, sent, answer) {
  if (answer.refused !== undefined) return [[sent.number, { standing: 'refused' }]];
  if (answer.done === undefined) return [];
  const next = rows.find((row) => row.incident === sent.incident && row.standing === 'waiting' && row.expected === 'earlier');
  /** @type {[number, Partial<Row>][]} */
  const changed = [[sent.number, { standing: 'sent' }]];
  if (next && next.after === sent.id) changed.push([next.number, { expected: answer.done }]);
  return changed;
}
