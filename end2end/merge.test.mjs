// What the machine holds to be perhaps the same, a person settles with one key, and may take it back.

import assert from 'node:assert/strict';
import { choose, story } from './people.mjs';
import { eventually } from './harness.mjs';
import { away, report, square } from './scene.mjs';

/** @param {import('./harness.mjs').Server} server */
async function oneLeader(server) {
  await server.addPerson('leader', 'shift_leader');
}

/** Two dispatched incidents and a report between them that bridges both. Gives the one with the suggestion, and the other.
 * @param {import('./harness.mjs').Server} server @param {import('./harness.mjs').Session} session */
async function bridged(server, session) {
  const key = await server.addKey('hotline-*');
  const at = (/** @type {number} */ east) => report({ position: away(square, east, 0), accuracy_m: 5, category: 'C0102' });
  // Covers 80 m apart are two (the pack joins up to 40 m and what the places are known by); one between them is near both.
  await server.post(key, [at(0), at(80)]);
  await server.post(key, [at(40)]);
  return eventually('a suggestion', async () => {
    const { incidents } = await session.get('/api/v1/incidents');
    for (const { id } of incidents) {
      const { suggestions } = await session.get(`/api/v1/incidents/${id}`);
      if (suggestions.length) return { here: id, other: suggestions[0].incident };
    }
    return undefined;
  });
}

story('a suggestion is merged with M and split back with Z', async (house, server) => {
  const [leader] = server.people;
  assert(leader);
  const session = await server.logIn(leader);
  const { here, other } = await bridged(server, session);
  const before = await session.get(`/api/v1/incidents/${other}`);
  const page = await house.atDesk(leader);
  await choose(page, here);
  const suggestion = page.getByTestId('suggestion');
  await suggestion.waitFor();
  assert.match(await suggestion.innerText(), /相似 \d+%/);
  await page.keyboard.press('m');
  await page.getByTestId('toast').waitFor();
  assert.equal((await session.get(`/api/v1/incidents/${other}`)).merged_into, here);
  await suggestion.waitFor({ state: 'detached' });
  const merged = await session.get(`/api/v1/incidents/${here}`);
  await page.keyboard.press('z');
  await eventually('its evidence leaves again', async () => {
    const { evidence_count: count } = await session.get(`/api/v1/incidents/${here}`);
    return count === merged.evidence_count - before.evidence_count;
  });
  const back = await session.get(`/api/v1/incidents/${other}`);
  assert.deepEqual([back.number, back.state, back.deadline?.due_at], [before.number, before.state, before.deadline?.due_at], 'the incident itself is back');
}, { people: oneLeader });

story('a suggestion put aside stays aside on this machine only', async (house, server) => {
  const [leader] = server.people;
  assert(leader);
  const session = await server.logIn(leader);
  const { here } = await bridged(server, session);
  const page = await house.atDesk(leader);
  await choose(page, here);
  const suggestion = page.getByTestId('suggestion');
  await suggestion.waitFor();
  await page.keyboard.press('Backspace');
  await suggestion.waitFor({ state: 'detached' });
  assert.equal((await session.get(`/api/v1/incidents/${here}`)).suggestions.length, 1, 'others still see it');
}, { people: oneLeader });
