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
  const style = styleOf(ground, towns, { type: 'FeatureCollection', features: [] });
  assert.equal(style.glyphs, undefined);
  assert.equal(style.sprite, undefined);
  const text = JSON.stringify(style);
  assert(!text.includes('http'));
  assert(text.includes('name_en'));
});
