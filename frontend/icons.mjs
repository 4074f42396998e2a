// Makes the icons of the installed page from public/favicon.svg, in the browser that the tests use. Run it when the drawing
// changes, and check in what it wrote: `node frontend/icons.mjs`.

import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const require = createRequire(import.meta.url);
/** @type {typeof import('playwright-core')} */
const { chromium } = require('playwright-core');
const folder = resolve(import.meta.dirname, '../public');
const GROUND = '#161d21';

const drawing = await readFile(resolve(folder, 'favicon.svg'), 'utf8');
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage();
/** Launchers cut maskable icons to shapes of their own: the drawing keeps within the middle four fifths. */
for (const [name, size, share] of /** @type {[string, number, number][]} */ ([['icon-192', 192, 1], ['icon-512', 512, 1], ['icon-maskable-512', 512, 0.62]])) {
  await page.setViewportSize({ width: size, height: size });
  const ground = share < 1 ? `background:${GROUND}` : '';
  await page.setContent(`<body style="margin:0;display:grid;place-items:center;height:100vh;${ground}"><div style="width:${share * 100}vw;height:${share * 100}vw">${drawing.replace('<svg', '<svg width="100%" height="100%"')}</div>`);
  await writeFile(resolve(folder, `${name}.png`), await page.screenshot({ omitBackground: share === 1 }));
}
await browser.close();
