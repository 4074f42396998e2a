// The ground of the pocket map: the city pack's outlines as paths on a canvas, in the order and colours of the desk's map.
// Draws, and keeps nothing of where one looks.

/** @typedef {import('geojson').FeatureCollection} Outlines */
/** @typedef {import('geojson').Position} Place */
/** Where one looks: a place in the middle, pixels to a unit of the ground, and the size of the picture.
 * @typedef {{x: number, y: number, scale: number, zoom: number, width: number, height: number}} Look */
/** @typedef {{land: string, water: string, boundary: string, panel: string, secondary: string, faint: string, selection: string, name: 'name' | 'name_en'}} Tokens */
/** @typedef {{path: Path2D, fill?: keyof Tokens, line?: keyof Tokens, width?: (zoom: number) => number, dash?: number[], opacity?: number, from?: number}} Sheet */

/** The whole of the mercator world is so many units wide: what a path keeps in single precision is then below a pixel at any zoom. */
const WORLD = 2 ** 20;
const FONT = '"Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif';

/** @param {number} lng */
export const eastOf = (lng) => (lng / 360 + 0.5) * WORLD;
/** @param {number} lat */
export const southOf = (lat) => (0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI)) * WORLD;
/** @param {number} south */
export const latOf = (south) => (Math.atan(Math.exp((0.5 - south / WORLD) * 2 * Math.PI)) * 360) / Math.PI - 90;
/** Pixels to a unit, where the world is 512 pixels at zoom 0. @param {number} zoom */
export const scaleOf = (zoom) => (512 * 2 ** zoom) / WORLD;
/** @param {number} scale */
export const zoomOf = (scale) => Math.log2((scale * WORLD) / 512);

/** Between the first and the last of some stops by zoom. @param {number} zoom @param {number} low @param {number} at @param {number} high @param {number} end */
function between(zoom, low, at, high, end) {
  const share = Math.min(1, Math.max(0, (zoom - low) / (high - low)));
  return at + share * (end - at);
}

/** @param {Outlines} outlines @param {[number, number]} origin the middle of the city, so that numbers stay small */
function pathOf({ features }, [east, south]) {
  const path = new Path2D();
  /** @param {Place[]} line @param {boolean} closed */
  const draw = (line, closed) => {
    line.forEach(([lng = 0, lat = 0], index) => {
      const [x, y] = [eastOf(lng) - east, southOf(lat) - south];
      if (index === 0) path.moveTo(x, y);
      else path.lineTo(x, y);
    });
    if (closed) path.closePath();
  };
  for (const { geometry } of features) {
    if (geometry.type === 'Polygon') for (const ring of geometry.coordinates) draw(ring, true);
    if (geometry.type === 'MultiPolygon') for (const ring of geometry.coordinates.flat()) draw(ring, true);
    if (geometry.type === 'LineString') draw(geometry.coordinates, false);
    if (geometry.type === 'MultiLineString') for (const line of geometry.coordinates) draw(line, false);
  }
  return path;
}

export class Ground {
  /** @param {[number, number]} middle longitude and latitude @param {Record<'land' | 'sea' | 'water' | 'rivers' | 'metro' | 'town' | 'city', Outlines>} outlines */
  constructor(middle, outlines) {
    this.origin = /** @type {[number, number]} */ ([eastOf(middle[0]), southOf(middle[1])]);
    const path = (/** @type {keyof typeof outlines} */ name) => pathOf(outlines[name], this.origin);
    const city = path('city');
    /** @type {Sheet[]} */
    this.sheets = [
      { path: path('land'), fill: 'land' },
      { path: city, fill: 'panel', opacity: 0.65 },
      { path: path('sea'), fill: 'water' },
      { path: path('water'), fill: 'water' },
      { path: path('rivers'), line: 'water', width: (zoom) => between(zoom, 8, 1, 14, 5) },
      { path: path('metro'), line: 'faint', width: (zoom) => between(zoom, 10, 0.75, 15, 2.5), opacity: 0.45, from: 10.5 },
      { path: path('town'), line: 'boundary', width: () => 0.75, dash: [3, 1.5] },
      { path: city, line: 'boundary', width: () => 1.5 },
    ];
    this.names = outlines.town.features.flatMap(({ properties }) => (Array.isArray(properties?.label) ? [{
      x: eastOf(properties.label[0]) - this.origin[0], y: southOf(properties.label[1]) - this.origin[1],
      name: String(properties.name), name_en: String(properties.name_en ?? properties.name),
    }] : []));
  }

  /** @param {CanvasRenderingContext2D} pen @param {Look} look @param {Tokens} tokens @param {number} density device pixels to a pixel */
  draw(pen, look, tokens, density) {
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.globalAlpha = 1;
    pen.fillStyle = tokens.water;
    pen.fillRect(0, 0, look.width, look.height);
    const scale = density * look.scale;
    pen.setTransform(scale, 0, 0, scale, density * (look.width / 2) - scale * look.x, density * (look.height / 2) - scale * look.y);
    pen.lineJoin = 'round';
    for (const { path, fill, line, width, dash, opacity, from } of this.sheets) {
      if (from !== undefined && look.zoom < from) continue;
      pen.globalAlpha = opacity ?? 1;
      if (fill) {
        pen.fillStyle = tokens[fill];
        pen.fill(path, 'evenodd');
      }
      if (line && width) {
        const pixels = width(look.zoom);
        pen.strokeStyle = tokens[line];
        pen.lineWidth = pixels / look.scale;
        pen.setLineDash((dash ?? []).map((length) => length / look.scale));
        pen.stroke(path);
      }
    }
    pen.setLineDash([]);
    pen.setTransform(density, 0, 0, density, 0, 0);
    this.write(pen, look, tokens);
    pen.globalAlpha = 1;
  }

  /** Names where there is room; nearer, a name is beside what one looks at, and fades. @param {CanvasRenderingContext2D} pen @param {Look} look @param {Tokens} tokens */
  write(pen, look, tokens) {
    if (look.zoom < 7.5) return;
    const size = between(look.zoom, 9, 11, 13, 15);
    pen.font = `${size}px ${FONT}`;
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    pen.lineWidth = 3;
    pen.strokeStyle = tokens.land;
    pen.fillStyle = tokens.secondary;
    pen.globalAlpha = between(look.zoom, 12, 1, 15, 0.5);
    /** @type {[number, number, number, number][]} */
    const taken = [];
    for (const one of this.names) {
      const x = (one.x - look.x) * look.scale + look.width / 2;
      const y = (one.y - look.y) * look.scale + look.height / 2;
      if (x < -80 || y < -20 || x > look.width + 80 || y > look.height + 20) continue;
      const text = one[tokens.name];
      const half = pen.measureText(text).width / 2 + 4;
      /** @type {[number, number, number, number]} */
      const box = [x - half, y - size / 2 - 3, x + half, y + size / 2 + 3];
      if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) continue;
      taken.push(box);
      pen.strokeText(text, x, y);
      pen.fillText(text, x, y);
    }
  }
}
