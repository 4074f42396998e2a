// Tiles that tests draw themselves: pictures of one colour, lines of a small town, files of them (PMTiles version 3), and a
// server that gives them on loopback and can be made to die. Nothing is random; nobody else is asked.
// `node end2end/tiles.mjs FILE` writes the small town into a file, as end2end/tiles/town.pmtiles was.

import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';

const SIDE = 256;

/** A picture of one colour, as PNG. @param {[number, number, number]} colour */
export function picture([red, green, blue]) {
  const row = Buffer.alloc(1 + SIDE * 3);
  for (let x = 0; x < SIDE; x += 1) row.set([red, green, blue], 1 + x * 3);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: SIDE }, () => row)));
  const head = Buffer.alloc(13);
  head.writeUInt32BE(SIDE, 0);
  head.writeUInt32BE(SIDE, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const chunk = (/** @type {string} */ name, /** @type {Buffer} */ data) => {
    const body = Buffer.concat([Buffer.from(name, 'ascii'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', head), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

/** @param {number} number @returns {number[]} */
function varint(number) {
  const bytes = [];
  for (let rest = number; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

/** The number of a tile on the Hilbert curve over all zooms. @param {number} zoom @param {number} column @param {number} row */
function tileNumber(zoom, column, row) {
  let number = (4 ** zoom - 1) / 3;
  let [x, y] = [column, row];
  for (let side = 2 ** zoom / 2; side >= 1; side /= 2) {
    const right = (x & side) > 0 ? 1 : 0;
    const low = (y & side) > 0 ? 1 : 0;
    number += side * side * ((3 * right) ^ low);
    if (low === 0) {
      if (right === 1) [x, y] = [side - 1 - x, side - 1 - y];
      [x, y] = [y, x];
    }
  }
  return number;
}

/** @typedef {{zoom: number, column: number, row: number, data: Uint8Array}} Tile */

/** A file of tiles, uncompressed, its one directory at the root. @param {Tile[]} tiles
 * @param {{kind: 1 | 2, attribution: string, bounds: [number, number, number, number], layers?: string[]}} about kind 1: lines, 2: pictures */
export function pmtiles(tiles, { kind, attribution, bounds, layers = [] }) {
  const sorted = tiles
    .map((tile) => ({ ...tile, number: tileNumber(tile.zoom, tile.column, tile.row) }))
    .sort((one, other) => one.number - other.number);
  const numbers = sorted.map(({ number }, index) => number - (sorted[index - 1]?.number ?? 0));
  const offsets = sorted.map((_, index) => sorted.slice(0, index).reduce((sum, { data }) => sum + data.length, 0));
  const directory = Buffer.from([
    ...varint(sorted.length), ...numbers.flatMap(varint), ...sorted.flatMap(() => varint(1)),
    ...sorted.flatMap(({ data }) => varint(data.length)), ...offsets.flatMap((offset) => varint(offset + 1)),
  ]);
  const metadata = Buffer.from(JSON.stringify({ attribution, vector_layers: layers.map((id) => ({ id, fields: {} })) }));
  const data = Buffer.concat(sorted.map((tile) => tile.data));
  const head = Buffer.alloc(127);
  head.write('PMTiles', 'ascii');
  head[7] = 3;
  let at = head.length;
  const sections = [[8, directory.length], [24, metadata.length], [40, 0], [56, data.length]];
  for (const [place = 0, length = 0] of sections) {
    head.writeBigUInt64LE(BigInt(at), place);
    head.writeBigUInt64LE(BigInt(length), place + 8);
    at += length;
  }
  for (const place of [72, 80, 88]) head.writeBigUInt64LE(BigInt(sorted.length), place);
  const zooms = sorted.map(({ zoom }) => zoom);
  head.set([1, 1, 1, kind, Math.min(...zooms), Math.max(...zooms)], 96);
  for (const [index, degrees] of bounds.entries()) head.writeInt32LE(Math.round(degrees * 1e7), 102 + index * 4);
  return Buffer.concat([head, directory, metadata, data]);
}

/** Tiles of some zooms that meet a box. @param {[number, number, number, number]} bounds @param {number} from @param {number} to
 * @param {(zoom: number, column: number, row: number) => Uint8Array} draw @returns {Tile[]} */
export function tilesIn([west, south, east, north], from, to, draw) {
  const tiles = [];
  for (let zoom = from; zoom <= to; zoom += 1) {
    const [left, top] = columnAndRow(west, north, zoom);
    const [right, low] = columnAndRow(east, south, zoom);
    for (let column = left; column <= right; column += 1) {
      for (let row = top; row <= low; row += 1) tiles.push({ zoom, column, row, data: draw(zoom, column, row) });
    }
  }
  return tiles;
}

/** @param {number} lng @param {number} lat @param {number} zoom @returns {[number, number]} */
function columnAndRow(lng, lat, zoom) {
  const [x, y] = world(lng, lat);
  return [Math.floor(x * 2 ** zoom), Math.floor(y * 2 ** zoom)];
}

/** In the world's square, from its north-west corner. @param {number} lng @param {number} lat @returns {[number, number]} */
function world(lng, lat) {
  return [(lng + 180) / 360, 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI)];
}

const EXTENT = 4096;
/** @typedef {{kind: 'line' | 'area', places: [number, number][], properties: Record<string, string>}} Feature */

/** A tile of lines and areas (Mapbox Vector Tile 2.1); nothing is clipped. @param {Record<string, Feature[]>} layers
 * @param {number} zoom @param {number} column @param {number} row */
export function vectorTile(layers, zoom, column, row) {
  const field = (/** @type {number} */ number, /** @type {number[]} */ bytes) => [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
  const whole = (/** @type {number} */ number, /** @type {number} */ value) => [...varint(number * 8), ...varint(value)];
  const text = (/** @type {string} */ value) => [...Buffer.from(value, 'utf8')];
  const zigzag = (/** @type {number} */ value) => (value < 0 ? -2 * value - 1 : 2 * value);
  const bytes = Object.entries(layers).flatMap(([name, features]) => {
    /** @type {string[]} */ const keys = [];
    /** @type {string[]} */ const values = [];
    const known = (/** @type {string[]} */ list, /** @type {string} */ word) => (list.includes(word) ? list.indexOf(word) : list.push(word) - 1);
    const written = features.map(({ kind, places, properties }) => {
      const tags = Object.entries(properties).flatMap(([key, value]) => [known(keys, key), known(values, value)]);
      const points = places.map(([lng, lat]) => {
        const [x, y] = world(lng, lat);
        return [Math.round((x * 2 ** zoom - column) * EXTENT), Math.round((y * 2 ** zoom - row) * EXTENT)];
      });
      const steps = points.map(([x = 0, y = 0], index) => [x - (points[index - 1]?.[0] ?? 0), y - (points[index - 1]?.[1] ?? 0)]);
      const [first = [], ...rest] = steps.map((step) => step.map(zigzag));
      const geometry = [9, ...first, rest.length * 8 + 2, ...rest.flat(), ...(kind === 'area' ? [15] : [])];
      return field(2, [...field(2, tags.flatMap(varint)), ...whole(3, kind === 'area' ? 3 : 2), ...field(4, geometry.flatMap(varint))]);
    });
    return field(3, [
      ...whole(15, 2), ...field(1, text(name)), ...written.flat(), ...keys.flatMap((key) => field(3, text(key))),
      ...values.flatMap((value) => field(4, field(1, text(value)))), ...whole(5, EXTENT),
    ]);
  });
  return Uint8Array.from(bytes);
}

/** A town that nobody lives in, around a place: two roads, a pond, a house, and a layer no style knows.
 * @param {[number, number]} middle @param {number} [reach] degrees */
export function smallTown([lng, lat], reach = 0.012) {
  const at = (/** @type {number} */ east, /** @type {number} */ north) => /** @type {[number, number]} */ ([lng + east * reach, lat + north * reach]);
  /** @type {Record<string, Feature[]>} */
  const layers = {
    earth: [{ kind: 'area', places: [at(-3, -3), at(-3, 3), at(3, 3), at(3, -3)], properties: { kind: 'earth' } }],
    water: [{ kind: 'area', places: [at(0.2, 0.2), at(0.2, 0.8), at(0.8, 0.8), at(0.8, 0.2)], properties: { kind: 'lake' } }],
    buildings: [{ kind: 'area', places: [at(-0.4, 0.2), at(-0.4, 0.4), at(-0.2, 0.4), at(-0.2, 0.2)], properties: { kind: 'building' } }],
    roads: [
      { kind: 'line', places: [at(-1, 0), at(1, 0)], properties: { kind: 'highway', name: '试验大道', 'name:en': 'Trial Avenue' } },
      { kind: 'line', places: [at(0, -1), at(0, 1)], properties: { kind: 'minor_road' } },
    ],
    pipes: [{ kind: 'line', places: [at(-1, -0.6), at(1, -0.4)], properties: { kind: 'gas' } }],
  };
  const bounds = /** @type {[number, number, number, number]} */ ([...at(-1, -1), ...at(1, 1)]);
  const tiles = tilesIn(bounds, 11, 14, (zoom, column, row) => vectorTile(layers, zoom, column, row));
  return pmtiles(tiles, { kind: 1, attribution: '试验数据 test data', bounds, layers: Object.keys(layers) });
}

/** Gives pictures on loopback: `colours` says which for a path; none is 404, and 'never' no answer at all. Other origins may
 * ask, as tile servers allow. @param {(path: string) => [number, number, number] | 'never' | undefined} colours */
export async function tileServer(colours) {
  /** @type {string[]} */ const asked = [];
  /** @type {Set<string | undefined>} */ const referrers = new Set();
  const server = createServer((request, answer) => {
    asked.push(request.url ?? '');
    referrers.add(request.headers.referer);
    const colour = colours(request.url ?? '');
    if (colour === 'never') return;
    answer.writeHead(colour ? 200 : 404, { 'content-type': 'image/png', 'access-control-allow-origin': '*', 'cache-control': 'no-store' });
    answer.end(colour ? picture(colour) : undefined);
  });
  const listen = (/** @type {number} */ port) => new Promise((done) => server.listen(port, '127.0.0.1', () => done(undefined)));
  await listen(0);
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    asked,
    referrers,
    base: `http://127.0.0.1:${port}`,
    /** Nobody answers any more. */
    die: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }),
    /** On the same port. */
    rise: () => listen(port),
  };
}

if (process.argv[1] === import.meta.filename) writeFileSync(process.argv[2] ?? 'town.pmtiles', smallTown([113.7518, 23.0207]));
