// A page of another site, open in the browser of somebody who is signed in, writes nothing and reads nothing here: no form, no
// fetch, no beacon, no socket, whatever route of the documentation it tries.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { logIn, story } from './people.mjs';
import { morning } from './scene.mjs';

/** @param {import('./harness.mjs').Server} server */
async function people(server) {
  await server.addPerson('leader', 'shift_leader');
  await server.addPerson('admin', 'administrator');
  await server.addPerson('thief', 'operator');
}

/** An empty page of somebody else's, on a host of its own choice.
 * @param {string} host @returns {Promise<{origin: string, close: () => void}>} */
async function otherSite(host) {
  const site = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end('<!doctype html><title>prizes</title>'));
  await new Promise((done) => site.listen(0, '127.0.0.1', () => done(undefined)));
  const address = site.address();
  assert(address && typeof address === 'object');
  return { origin: `http://${host}:${address.port}`, close: () => site.close() };
}

/** Everything a page can send elsewhere without being asked; runs in that page.
 * @param {{base: string, routes: {method: string, path: string}[], bodies: string[], thief: {name: string, password: string}}} plan */
async function attack({ base, routes, bodies, thief }) {
  let sent = 0;
  /** @param {string} path @param {string} kind @param {Record<string, string>} fields */
  const form = (path, kind, fields) => new Promise((done) => {
    const frame = Object.assign(document.createElement('iframe'), { name: `frame${(sent += 1)}`, onload: () => setTimeout(done, 20) });
    document.body.append(frame);
    const made = Object.assign(document.createElement('form'), { action: base + path, method: 'post', enctype: kind, target: frame.name });
    for (const [name, value] of Object.entries(fields)) made.append(Object.assign(document.createElement('input'), { name, value }));
    document.body.append(made);
    made.submit();
    setTimeout(done, 2_000);
  });
  /** @type {string[]} */
  const read = [];
  for (const { method, path } of routes) {
    for (const body of bodies) {
      for (const kind of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
        for (const mode of /** @type {RequestMode[]} */ (['cors', 'no-cors'])) {
          try {
            sent += 1;
            const answer = await fetch(base + path, { method, mode, body, credentials: 'include', headers: { 'content-type': kind } });
            if (answer.type !== 'opaque') read.push(`${method} ${path}: ${answer.status}`);
          } catch { /* as it should be */ }
        }
      }
      navigator.sendBeacon(base + path, new Blob([body], { type: 'text/plain' }));
      if (method === 'POST') {
        // A form of plain text becomes JSON, but for what stands around the sign of equality.
        await form(path, 'text/plain', { [`${body.slice(0, -1)},"x":"`]: '"}' });
      }
    }
  }
  await form('/login', 'application/x-www-form-urlencoded', { name: thief.name, password: thief.password, csrf: '', next: '/desk' });
  await form('/logout', 'application/x-www-form-urlencoded', {});
  for (const path of ['/api/v1/me', '/api/v1/incidents', '/api/v1/sessions', '/api/v1/audit', '/desk']) {
    try {
      read.push(await (await fetch(base + path, { credentials: 'include' })).text());
    } catch { /* as it should be */ }
  }
  const socket = await new Promise((done) => {
    const opened = new WebSocket(`${base.replace('http', 'ws')}/api/v1/live`, 'gulou.v1.json');
    opened.onopen = () => done('opened');
    opened.onerror = () => done('refused');
    setTimeout(() => done('silent'), 5_000);
  });
  return { sent, read, socket };
}

story('a page of another site writes nothing and reads nothing', async (house, server) => {
  await server.post(await server.addKey('*'), morning());
  const [leader, admin, thief] = server.people;
  assert(leader && admin && thief);
  const office = await server.logIn(admin);
  const { paths } = await office.get('/api/v1/openapi.json');
  const incident = (await office.get('/api/v1/incidents')).incidents[0].id;
  // Another port is the same site to a browser, which then sends the cookie; another host is not.
  for (const host of ['127.0.0.1', 'localhost']) {
    const site = await otherSite(host);
    const context = await house.browser.newContext();
    try {
      const page = await context.newPage();
      await logIn(page, server, leader);
      const session = (await office.get('/api/v1/sessions?account=leader')).sessions[0].id;
      const routes = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods)
        .filter((method) => method !== 'get' && path !== '/login' && path !== '/logout')
        .map((method) => ({
          method: method.toUpperCase(),
          path: path.replace('/incidents/{id}', `/incidents/${incident}`).replace('/sessions/{id}', `/sessions/${session}`)
            .replace('/alarms/{id}', '/alarms/a1-0').replace(/\{\w+\}/g, 'operator'),
        })));
      assert(routes.length > 6, JSON.stringify(routes));
      /** @type {string[]} */
      const bodies = [
        JSON.stringify({ id: crypto.randomUUID(), command: 'force_close', reason: '从别处', text: '从别处', position: [113.75, 23.02] }),
        JSON.stringify({ theme: 'overview' }),
        JSON.stringify({ old: leader.password, new: '七点半的码头下着小雨呢' }),
      ];
      const before = await office.get('/api/v1/audit');
      const position = (await office.get('/api/v1/wall')).position;
      await page.goto(site.origin);
      /** @type {Awaited<ReturnType<typeof attack>>} */
      const found = await page.evaluate(attack, { base: server.base, routes, bodies, thief: { name: thief.name, password: thief.password } });
      assert(found.sent > routes.length * bodies.length * 6, `${found.sent} were sent from ${host}`);
      assert.deepEqual(found.read, [], host);
      assert.equal(found.socket, 'refused', host);

      const after = await office.get('/api/v1/audit');
      assert.equal(after.entries[0].entry, before.entries[0].entry, `${host}: ${JSON.stringify(after.entries[0])}`);
      const wall = await office.get('/api/v1/wall');
      assert.deepEqual([wall.position, wall.pin], [position, null], 'nothing happened to the city');
      // The leader is still who he was; and his own page may what the other might not.
      await page.goto(`${server.base}/desk`);
      const own = await page.evaluate(async () => {
        const me = await (await fetch('/api/v1/me')).json();
        const headers = { 'content-type': 'application/json' };
        const shown = await fetch('/api/v1/wall', { method: 'PUT', headers, body: JSON.stringify({ theme: 'overview' }) });
        await fetch('/api/v1/wall', { method: 'PUT', headers, body: 'null' });
        return { name: me.name, status: shown.status };
      });
      assert.deepEqual(own, { name: 'leader', status: 200 });
      await (await server.logIn(leader)).send('/api/v1/sessions/revoke', {});
    } finally {
      await context.close();
      site.close();
    }
  }
}, { people });
