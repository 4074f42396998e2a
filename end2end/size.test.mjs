// A page is readable from little: its HTML with the first rows, and its styles.

import assert from 'node:assert/strict';
import { brotliCompressSync } from 'node:zlib';
import { limits, sent, within } from './size.mjs';
import { story } from './people.mjs';
import { morning } from './scene.mjs';

story('desk and login are readable from 60 kB', async (_house, server) => {
  const [operator] = server.people;
  assert(operator);
  await server.post(await server.addKey('*'), morning());
  const session = await server.logIn(operator);
  const styles = sent('tokens.css', 'main.css');
  for (const [page, cookie] of [['/login', ''], ['/desk', session.cookie]]) {
    const answer = await fetch(`${server.base}${page}`, { headers: { cookie: cookie ?? '' } });
    const html = brotliCompressSync(Buffer.from(await answer.arrayBuffer())).length;
    assert(within(`HTML of ${page} and styles`, html + styles, limits.reading));
  }
}, { people: (server) => server.addPerson('operator', 'operator') });
