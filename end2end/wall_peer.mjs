// The wall one would assemble oneself: MapLibre with one GeoJSON source that is set anew with all it holds, twenty times a
// second at most, fed by the same server's JSON stream. Stands beside ours in the soak.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const library = join(import.meta.dirname, '..', 'frontend', 'node_modules', 'maplibre-gl', 'dist');

/** Runs in the page. */
async function page() {
  document.body.innerHTML = '<div id="map"></div>';
  Object.assign(/** @type {HTMLElement} */ (document.getElementById('map')).style, { position: 'fixed', inset: '0' });
  // @ts-expect-error It is served beside the page.
  const { Map: LibraryMap } = await import('/peer/maplibre-gl.mjs');
  const map = new LibraryMap({
    container: 'map', center: [113.875, 22.9], zoom: 9.5, fadeDuration: 0, attributionControl: false,
    style: {
      version: 8, sources: { things: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } } },
      layers: [{ id: 'things', type: 'circle', source: 'things', paint: { 'circle-radius': 4, 'circle-color': '#a3b1b9' } }],
    },
  });
  await map.once('load');
  const features = new Map();
  const told = { position: -1, messages: 0, missed: 0 };
  Object.assign(window, { told, held: () => features.size });
  let changed = false;
  setInterval(() => {
    if (!changed) return;
    changed = false;
    map.getSource('things').setData({ type: 'FeatureCollection', features: [...features.values()] });
  }, 50);
  const merge = (/** @type {any} */ body, /** @type {any} */ removed) => {
    for (const layer of ['incidents', 'units', 'sensors']) {
      for (const thing of body[layer] ?? []) {
        const geometry = { type: 'Point', coordinates: thing.position };
        features.set(`${layer} ${thing.id}`, { type: 'Feature', properties: {}, geometry });
      }
    }
    for (const { layer, id } of removed ?? []) features.delete(`${layer} ${id}`);
    changed = true;
  };
  const open = () => {
    const line = new WebSocket(`ws://${location.host}/api/v1/live`, 'gulou.v1.json');
    line.onopen = () => line.send(JSON.stringify({ subscribe: { bbox: [113.3, 22.5, 114.5, 23.4], zoom: 12, layers: ['incidents', 'units', 'sensors'] } }));
    line.onclose = () => setTimeout(open, 1_000);
    line.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      const [kind] = Object.keys(message);
      const body = message[kind ?? ''];
      told.messages += 1;
      if (kind === 'snapshot') {
        features.clear();
        merge(body, []);
        told.position = body.position;
      } else if (kind === 'delta') {
        if (body.from !== told.position) told.missed += 1;
        merge(body, body.removed);
        told.position = body.to;
      } else if (kind === 'enter') {
        merge(body, message.removed);
        told.position = body.position;
      }
    };
  };
  open();
}

/** @param {import('playwright-core').Page} of a page of a browser that is signed in @param {string} base */
export async function openPeer(of, base) {
  await of.route(`${base}/peer/**`, async (route) => {
    const name = new URL(route.request().url()).pathname.slice('/peer/'.length);
    return route.fulfill({ contentType: 'text/javascript', body: await readFile(join(library, name)) });
  });
  // A document of the server's own, or the browser would not let it speak to this machine.
  await of.goto(`${base}/api/v1/me`);
  await of.evaluate(page);
  await of.waitForFunction(() => /** @type {any} */ (window).held?.() > 0, undefined, { timeout: 120_000 });
}

/** What the peer has been told. @param {import('playwright-core').Page} of
 * @returns {Promise<{position: number, messages: number, missed: number}>} */
export const told = (of) => of.evaluate(() => /** @type {any} */ (window).told);
