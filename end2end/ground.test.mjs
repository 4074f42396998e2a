// The basemap's style, without any browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelPoints, styleOf } from '../frontend/modules/ground.js';

/** @type {import('geojson').FeatureCollection} */
const towns = {
  type: 'FeatureCollection',
  features: [
    { type: 'Feature', properties: { name: '虎门镇', name_en: 'Humen', label: [113.67, 22.81] }, geometry: { type: 'Polygon', coordinates: [] } },
    { type: 'Feature', properties: { name: '无名' }, geometry: { type: 'Polygon', coordinates: [] } },
  ],
};

test('names stand where the outline says', () => {
  const { features } = labelPoints(towns);
  assert.deepEqual(features.map(({ geometry }) => geometry), [{ type: 'Point', coordinates: [113.67, 22.81] }]);
});

test('the style asks nobody but us', () => {
  const grey = '#333333';
  const ground = { land: grey, water: grey, boundary: grey, panel: grey, secondary: grey, faint: grey, name: /** @type {const} */ ('name_en'), scale: 1 };
  const none = { type: /** @type {const} */ ('FeatureCollection'), features: [] };
  const style = styleOf(ground, towns, none, none);
  assert.equal(style.glyphs, undefined);
  assert.equal(style.sprite, undefined);
  const text = JSON.stringify(style);
  assert(!text.includes('http'));
  assert(text.includes('name_en'));
});

test('towns are named from 9 on, villages from 13, where the pack has them', () => {
  const grey = '#333333';
  const ground = { land: grey, water: grey, boundary: grey, panel: grey, secondary: grey, faint: grey, name: /** @type {const} */ ('name'), scale: 1 };
  const none = { type: /** @type {const} */ ('FeatureCollection'), features: [] };
  const { layers, sources } = styleOf(ground, none, none, towns);
  const from = Object.fromEntries(layers.map((layer) => [layer.id, layer.minzoom]));
  assert.deepEqual([from['town-labels'], from['village-labels']], [9, 13]);
  const labels = /** @type {any} */ (sources['village-labels']);
  assert.equal(labels.data.features.length, 1);
});
