// Starts the real program with an empty data folder, brings in people and keys by its command line, and speaks to
// its public doors. Knows nothing of pages; `people.mjs` does.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const binary = process.env.GULOU_BINARY ?? resolve(import.meta.dirname, '../target/debug/gulou');
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;
const LOG_LINES = 60;

/** @typedef {{name: string, role: string, department?: string, town?: string, password: string}} Person */

/** Waits until `look` gives something true; the last thing it gave is in the message if that never comes.
 * @template T @param {string} what @param {() => T | Promise<T>} look @param {number} [limitMs]
 * @returns {Promise<NonNullable<T>>} */
export async function eventually(what, look, limitMs = 10_000) {
  const until = Date.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > until) throw new Error(`${what}: not within ${limitMs / 1000} s`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

/** Runs one command of the program to its end.
 * @param {string[]} parameters @param {string} [input] */
export function gulou(parameters, input = '') {
  return new Promise((/** @type {(output: string) => void} */ done, failed) => {
    const child = spawn(binary, parameters, { cwd: tmpdir(), stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text) => { output += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => { complaint += text; });
    child.on('error', failed);
    child.on('close', (code) => {
      if (code === 0) done(output);
      else failed(new Error(`gulou ${parameters.join(' ')} ended with ${code}: ${complaint || output}`));
    });
    // One that ends without reading says why by its code.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

export class Server {
  /** @type {import('node:child_process').ChildProcess | undefined} */ #child;
  /** @type {string[]} */ #log = [];
  /** @type {string[]} */ #options;
  /** @type {string} */ data;
  /** Origin, without a slash at the end. */ base = '';
  /** @type {Person[]} */ people = [];

  /** @param {string} data @param {string[]} options */
  constructor(data, options) {
    this.data = data;
    this.#options = options;
  }

  /** An empty data folder, not yet started, so that people and keys can be added as on a first day.
   * @param {string[]} [options] further options of `serve` */
  static async prepare(options = []) {
    if (!existsSync(binary)) throw new Error(`${binary} is not there; run \`make e2e\`, which builds it`);
    return new Server(await mkdtemp(join(tmpdir(), 'gulou-test-')), options);
  }

  /** Starts, or starts again on the same port with the same data. */
  async start() {
    const listen = this.base ? new URL(this.base).host : '127.0.0.1:0';
    const parameters = ['serve', '--data', this.data, '--listen', listen, ...this.#options];
    const child = spawn(binary, parameters, { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, RUST_BACKTRACE: '0' } });
    this.#child = child;
    this.base = await new Promise((done, failed) => {
      const late = setTimeout(() => failed(new Error(`no "listening on" within ${START_LIMIT_MS / 1000} s`)), START_LIMIT_MS);
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text) => {
          this.#log.push(...text.split('\n').filter(Boolean));
          const address = /listening on (http:\/\/\S+)/.exec(text)?.[1];
          if (address) {
            clearTimeout(late);
            done(address);
          }
        });
      }
      child.on('error', failed);
      child.on('close', (code, signal) => {
        clearTimeout(late);
        failed(new Error(`the server ended with ${code ?? signal} before it listened:\n${this.log()}`));
      });
    });
    await eventually('the server is ready', async () => (await fetch(`${this.base}/readyz`)).ok, START_LIMIT_MS);
    return this;
  }

  /** The newest lines of what the server said. */
  log() {
    return this.#log.slice(-LOG_LINES).join('\n');
  }

  /** As a power cut does it. */
  async kill() {
    await this.#end('SIGKILL');
  }

  /** Drains and stops; anything but exit code 0 is a failure. */
  async stop() {
    const { code, signal } = await this.#end('SIGTERM');
    if (code !== 0) throw new Error(`the server stopped with ${code ?? signal}:\n${this.log()}`);
  }

  /** @param {NodeJS.Signals} how @returns {Promise<{code: number | null, signal: string | null}>} */
  async #end(how) {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return { code: 0, signal: null };
    const ended = new Promise((done) => child.once('close', (code, signal) => done({ code, signal })));
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    child.kill(how);
    const outcome = await ended;
    clearTimeout(late);
    return outcome;
  }

  async clear() {
    await this.kill();
    await rm(this.data, { recursive: true, force: true });
  }

  /** @param {string} name @param {string} role @param {{department?: string, town?: string}} [scope] */
  async addPerson(name, role, scope = {}) {
    const person = { name, role, ...scope, password: `${randomUUID()}-Aa1` };
    const place = ['--data', this.data, '--name', name, '--role', role];
    if (scope.department) place.push('--department', scope.department);
    if (scope.town) place.push('--town', scope.town);
    await gulou(['user', 'add', ...place, '--password-stdin'], `${person.password}\n`);
    this.people.push(person);
    return person;
  }

  /** Somebody who was added. @param {string} name */
  person(name) {
    const found = this.people.find((candidate) => candidate.name === name);
    if (!found) throw new Error(`no ${name}`);
    return found;
  }

  /** @param {string} source a glob of sources @param {boolean} [reads] */
  async addKey(source, reads = false) {
    const parameters = ['key', 'add', '--data', this.data, '--source', source];
    return (await gulou(reads ? [...parameters, '--read'] : parameters)).trim();
  }

  /** Posts observations as a feed does; anything but 200 with nothing rejected is a failure.
   * @param {string} key @param {object[]} observations */
  async post(key, observations) {
    const answer = await fetch(`${this.base}/api/v1/observations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(observations),
    });
    const body = await answer.text();
    if (answer.status !== 200) throw new Error(`observations: ${answer.status} ${body}`);
    const outcome = JSON.parse(body);
    if (outcome.rejected.length) throw new Error(`observations rejected: ${body}`);
    return outcome;
  }

  /** Logs in as a browser without scripts does, and speaks to the API with that session.
   * @param {Person} person */
  async logIn(person) {
    const page = await fetch(`${this.base}/login`);
    const cookies = cookieJar(page);
    const form = new URLSearchParams({ name: person.name, password: person.password });
    const hidden = /<input[^>]*name="(csrf[^"]*)"[^>]*>/.exec(await page.text());
    const value = /value="([^"]*)"/.exec(hidden?.[0] ?? '')?.[1];
    if (hidden?.[1] === undefined || value === undefined) throw new Error('the login page has no hidden csrf field');
    form.set(hidden[1], value);
    const answer = await fetch(`${this.base}/login`, {
      method: 'POST', redirect: 'manual', body: form,
      headers: { cookie: cookies.join('; '), origin: this.base },
    });
    if (answer.status >= 400) throw new Error(`${person.name} could not log in: ${answer.status}`);
    return new Session(this, [...cookies, ...cookieJar(answer)].join('; '));
  }
}

/** @param {Response} answer */
function cookieJar(answer) {
  return answer.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0] ?? '');
}

/** What one logged-in person does through the API. */
export class Session {
  /** @param {Server} server @param {string} cookie */
  constructor(server, cookie) {
    this.server = server;
    this.cookie = cookie;
  }

  /** @param {string} path @returns {Promise<any>} */
  async get(path) {
    return this.#expect(await fetch(this.server.base + path, { headers: { cookie: this.cookie } }), path);
  }

  /** @param {string} path @param {object | null} body @param {'POST' | 'PUT'} [method] @returns {Promise<any>} */
  async send(path, body, method = 'POST') {
    const headers = { cookie: this.cookie, origin: this.server.base, 'content-type': 'application/json' };
    return this.#expect(await fetch(this.server.base + path, { method, headers, body: JSON.stringify(body) }), path);
  }

  /** @param {string} incident @param {string} command @param {object} [details] */
  async command(incident, command, details = {}) {
    const { revision } = await this.get(`/api/v1/incidents/${incident}`);
    return this.send(`/api/v1/incidents/${incident}/commands`, { id: randomUUID(), command, expected_revision: revision, ...details });
  }

  /** @param {Response} answer @param {string} path */
  async #expect(answer, path) {
    const body = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${body}`);
    return JSON.parse(body);
  }
}
