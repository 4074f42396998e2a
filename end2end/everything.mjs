// Runs what `make test`, `check`, `e2e`, `soak` and `screenshots` promise, and closes with one line of counts.
// A skipped test fails the run: what is not tested here is not claimed.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');
const site = join(target, 'site');
const python = join(target, 'venv/bin/python');
const rustCrates = ['-p', 'domain', '-p', 'app', '-p', 'gulou'];
/** What is built on this machine and not in the browser; always together, so that the crates below are built once. */
const hostCrates = [...rustCrates, '-p', 'bundler'];

/** Waits a minute until things are late; begun first, it costs the others little. */
const WAITING = 'themes_test.py';

/** Wait for the disk or for disconnects most of the time, and measure no time. */
const PATIENT = ['bad_input_test.py', 'contract_test.py', 'docs_test.py', 'durable_test.py', 'evaluation_test.py', 'foreign_client_test.py', 'loop_test.py', 'notices_test.py'];

/** Measure how long a page takes, so nothing runs beside them. */
const MEASURING = ['alarms.test.mjs', 'field.test.mjs'];

/** Our own crates are linted and the links of their documentation checked as they are compiled; either fails the build. */
const linted = { RUSTC_WORKSPACE_WRAPPER: join(root, '.ci/lint') };

const everySuite = ['all', 'check', 'e2e', 'soak', 'screenshots'];

/** @typedef {{passed: number, failed: number, skipped: number}} Counts */
/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string[]} suites  the suites it belongs to
 * @property {string[]} command
 * @property {Record<string, string>} [environment]
 * @property {(output: string) => Counts} [count]  without it, the step is one check
 * @property {boolean} [needed]  if it fails, what follows cannot run
 * @property {string} [together]  those next to each other with the same word run at the same time
 * @property {boolean} [alongside]  mostly waits for time to pass: it runs beside those that follow, and speaks when it is done
 */

/** @type {Step[]} */
const steps = [
  {
    name: 'server, bundler and their tests, built, linted and documented', suites: everySuite, needed: true, together: 'compile',
    command: ['cargo', 'build', '--quiet', ...hostCrates, '--bins', '--tests'], environment: linted,
  },
  {
    name: 'browser part, built and linted', suites: everySuite, needed: true, together: 'compile',
    command: ['make', '-s', 'wasm', `LINTED=RUSTC_WORKSPACE_WRAPPER=${linted.RUSTC_WORKSPACE_WRAPPER}`],
  },
  {
    name: 'browser bundle', suites: everySuite, needed: true, together: 'bundle',
    command: ['make', '-s', 'site', `LINTED=RUSTC_WORKSPACE_WRAPPER=${linted.RUSTC_WORKSPACE_WRAPPER}`],
  },
  {
    name: 'unit and program tests', suites: ['all'], together: 'bundle', count: cargoCounts, environment: linted,
    command: ['cargo', 'test', '--quiet', ...hostCrates],
  },
  {
    name: 'program, pages inside', suites: everySuite, needed: true, environment: linted,
    command: ['cargo', 'build', '--quiet', ...hostCrates, '-p', 'program', '--bins', '--tests'],
  },
  {
    name: 'tests of the program, pages inside', suites: ['all'], count: cargoCounts, environment: linted,
    command: ['cargo', 'test', '--quiet', ...hostCrates, '-p', 'program', '--bin', 'gulou'],
  },
  { name: 'size of the pages', suites: ['all', 'check'], command: ['node', 'end2end/size.mjs'], environment: { SITE: site } },
  { name: 'formatting', suites: ['all', 'check'], command: ['cargo', 'fmt', '--all', '--check'] },
  { name: 'types of the scripts', suites: ['all', 'check'], command: ['frontend/node_modules/.bin/tsc', '--project', 'end2end'] },
  { name: 'pages, measured by Lighthouse', suites: ['check'], command: ['node', 'end2end/lighthouse.mjs'] },
  { name: 'pace of orders on a slow phone', suites: ['check'], command: ['node', 'end2end/phone_pace.mjs'] },
  {
    name: 'pace of the desk in a flood of alarms', suites: ['check'], count: nodeCounts, environment: { QUIET_MACHINE: '1' },
    command: ['node', '--test', '--test-reporter=spec', '--test-name-pattern=a thousand alarms', join('end2end', 'alarms.test.mjs')],
  },
  foreign(WAITING, { alongside: true }),
  { name: 'deadlines, counted a second time by other hands', suites: ['all'], together: 'oracle', command: [python, join('end2end', 'clock_oracle.py')] },
  ...testFiles('_test.py').filter((file) => file !== WAITING).map((file) => foreign(file, { together: PATIENT.includes(file) ? 'oracle' : undefined })),
  browsers('browsers, time measured', 1, (file) => MEASURING.includes(file)),
  browsers('browsers', 2, (file) => !MEASURING.includes(file)),
  {
    name: 'fifty kills', suites: ['soak'], count: unittestCounts, environment: { KILLS: '50' },
    command: [python, '-m', 'unittest', '-v', '-k', 'kill', join('end2end', 'durable_test.py')],
  },
  ...['batch', 'live_message', 'seat'].map((name) => ({
    name: `hostile input, ${name}`, suites: ['soak'], command: ['.ci/fuzz', name, process.env.FUZZ_SECONDS ?? '300'],
  })),
  { name: 'server as people run it', suites: ['soak'], command: ['make', '-s', 'build'] },
  {
    name: 'a start with 100,000 incidents', suites: ['soak'], count: unittestCounts,
    environment: { INCIDENTS: '100000', RESTART_LIMIT_S: '2', GULOU_BINARY: join(target, 'release/gulou') },
    command: [python, '-m', 'unittest', '-v', '-k', 'many_incidents', join('end2end', 'durable_test.py')],
  },
  {
    name: '100,000 histories of people against a plain model', suites: ['soak'], count: cargoCounts,
    environment: { ...linted, HISTORIES: '100000' },
    command: ['cargo', 'test', ...hostCrates, '--tests', '--', '--exact', '--nocapture', 'dispatch::tests::histories::histories_go_as_the_plain_model_says'],
  },
  {
    name: "every figure of the demo's day, counted again", suites: ['soak'], count: unittestCounts,
    command: [python, '-m', 'unittest', '-v', join('end2end', 'played_day_soak.py')],
  },
  {
    name: 'walls and themes in every look', suites: ['soak'], count: nodeCounts, environment: { EVERY_LOOK: '1' },
    command: ['node', '--test', '--test-reporter=spec', '--test-name-pattern=nothing is cut off', join('end2end', 'wall.test.mjs')],
  },
  ...testFiles('.soak.mjs').map((file) => ({
    name: `soak, ${file}`, suites: ['soak'], count: nodeCounts,
    command: ['node', '--test', '--test-reporter=spec', join('end2end', file)],
  })),
  { name: 'screenshots', suites: ['screenshots'], command: ['node', 'end2end/screenshots.mjs'] },
];

/** @param {string} file @param {{alongside?: boolean, together?: string | undefined}} [how] @returns {Step} */
function foreign(file, how) {
  return {
    name: `foreign clients, ${file}`, suites: ['all', 'e2e'],
    command: [python, '-m', 'unittest', '-v', join('end2end', file)], count: unittestCounts, ...how,
  };
}

/** @param {string} name @param {number} abreast @param {(file: string) => boolean} are @returns {Step} */
function browsers(name, abreast, are) {
  const files = testFiles('.test.mjs').filter(are).map((file) => join('end2end', file));
  return {
    name, suites: ['all', 'e2e'], count: nodeCounts,
    command: ['node', '--test', '--test-reporter=spec', `--test-concurrency=${abreast}`, ...files],
  };
}

/** @param {string} ending */
function testFiles(ending) {
  return readdirSync(import.meta.dirname).filter((name) => name.endsWith(ending)).sort();
}

/** @param {string} output @returns {Counts} */
function cargoCounts(output) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of output.matchAll(/^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored/gm)) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
    counts.skipped += Number(ignored);
  }
  return counts;
}

/** @param {string} output @returns {Counts} */
function nodeCounts(output) {
  const figure = (/** @type {string} */ name) => Number(new RegExp(`^\\W+ ${name} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  return { passed: figure('pass'), failed: figure('fail') + figure('cancelled'), skipped: figure('skipped') + figure('todo') };
}

/** @param {string} output @returns {Counts} */
function unittestCounts(output) {
  const figure = (/** @type {RegExp} */ pattern) => Number(pattern.exec(output)?.[1] ?? 0);
  const failed = figure(/failures=(\d+)/) + figure(/errors=(\d+)/);
  const skipped = figure(/skipped=(\d+)/);
  return { passed: figure(/^Ran (\d+) tests? in/m) - failed - skipped, failed, skipped };
}

/** @param {Step} step @returns {Promise<Counts>} */
async function run(step) {
  const started = Date.now();
  const speaks = !step.alongside && !step.together;
  if (speaks) console.log(`\n── ${step.name}`);
  const environment = {
    ...process.env,
    GULOU_BINARY: join(target, 'debug/gulou'),
    ...(existsSync(site) ? { GULOU_SITE: site } : {}),
    ...step.environment,
  };
  const [program, ...parameters] = step.command;
  let output = '';
  const code = await new Promise((done) => {
    const child = spawn(program ?? '', parameters, { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
        if (speaks) process.stdout.write(text);
      });
    }
    child.on('error', (error) => { console.log(String(error)); done(-1); });
    child.on('close', done);
  });
  if (!speaks) console.log(`\n── ${step.name}, run beside others\n${output}`);
  const counts = step.count?.(output) ?? { passed: code === 0 ? 1 : 0, failed: 0, skipped: 0 };
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  if (code === 0 && counts.passed === 0) {
    console.log('nothing was tested here, which is a failure');
    counts.failed += 1;
  }
  console.log(`── ${step.name}: ${counts.failed ? 'FAILED' : 'passed'} in ${((Date.now() - started) / 1000).toFixed(0)} s`);
  return counts;
}

const suite = process.argv[2] ?? 'all';
const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const started = Date.now();
const wanted = steps.filter((step) => step.suites.includes(suite));
if (wanted.length === 0) throw new Error(`no suite named ${suite}`);

/** @param {Step} step @param {Counts} counts */
function account(step, counts) {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  if (counts.failed || counts.skipped) failures.push(step.name);
}

/** @type {Promise<void>[]} */
const beside = [];
for (let index = 0; index < wanted.length;) {
  const step = /** @type {Step} */ (wanted[index]);
  if (step.alongside) {
    beside.push(run(step).then((counts) => account(step, counts)));
    index += 1;
    continue;
  }
  const group = [step];
  while (step.together && wanted[index + group.length]?.together === step.together) {
    group.push(/** @type {Step} */ (wanted[index + group.length]));
  }
  index += group.length;
  const counted = await Promise.all(group.map(run));
  group.forEach((one, place) => account(one, /** @type {Counts} */ (counted[place])));
  if (group.some((one, place) => one.needed && counted[place]?.failed)) {
    const unreached = wanted.slice(index);
    total.failed += unreached.length;
    failures.push(...unreached.map((later) => `${later.name} (not reached)`));
    break;
  }
}
await Promise.all(beside);
console.log(`\n${((Date.now() - started) / 60_000).toFixed(1)} minutes`);
if (failures.length) console.log(`not clean: ${failures.join(', ')}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed || total.skipped ? 1 : 0;
