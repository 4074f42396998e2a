// Sources of tiles for MapLibre, by addresses elsewhere or from a file of this server; and whether they can be fetched.
// The reader of such files is loaded with the first of them.

/** MapLibre's own module, and that of PMTiles, beside this one in the site folder. */
const LIBRARY = './maplibre-gl.mjs';
const READER = './pmtiles.mjs';
/** Tiles of files are asked for by `tileset:///api/v1/tilesets/NAME/z/x/y`. */
const SCHEME = 'tileset';
const RASTER_TILE_PX = 256;
/** The type of tile in the head of a file. */
const VECTOR = 1;

/** One failure may be a slip; as long without any tile nobody is there. */
const DOUBT_MS = 1_500;
const PATIENCE_MS = 20_000;
const TRY_AGAIN_MS = 15_000;

/** @typedef {import('maplibre-gl').Map} LiveMap */
/**
 * As the server tells it (`TilesView`).
 * @typedef {object} Tiles
 * @property {string[]} addresses @property {string | null} [tileset] @property {'raster' | 'vector'} kind
 * @property {number} min_zoom @property {number} max_zoom @property {[number, number, number, number] | null} [bounds] @property {string[]} layers
 */

/** @type {Map<string, import('pmtiles').PMTiles>} */
const archives = new Map();
/** @type {Promise<void> | undefined} */
let reading;

/** Makes files of tiles known to MapLibre, once. */
function read() {
  reading ??= Promise.all([import(LIBRARY), import(READER)]).then(([{ addProtocol }, { PMTiles }]) => {
    addProtocol(SCHEME, async (/** @type {{url: string}} */ { url }, /** @type {AbortController} */ { signal }) => {
      const [, path = '', z, x, y] = /^tileset:\/\/(.+)\/(\d+)\/(\d+)\/(\d+)\/?\w*$/.exec(url) ?? [];
      const archive = archives.get(path) ?? new PMTiles(new URL(path, location.href).href);
      archives.set(path, archive);
      try {
        const tile = await archive.getZxy(Number(z), Number(x), Number(y), signal);
        if (tile) return { data: tile.data };
        if ((await archive.getHeader()).tileType === VECTOR) return { data: new ArrayBuffer(0) };
      } catch (error) {
        // It keeps its failures: the next tile asks anew.
        if (!signal.aborted) archives.delete(path);
        throw error;
      }
      // As a server elsewhere says that it has no such tile: nothing is wrong.
      throw Object.assign(new Error('no such tile'), { status: 404 });
    });
  }).catch((error) => {
    // The next that needs it tries anew.
    reading = undefined;
    throw error;
  });
  return reading;
}

/** @param {Tiles} tiles @returns {Promise<import('maplibre-gl').RasterSourceSpecification | import('maplibre-gl').VectorSourceSpecification>} */
export async function sourceOf(tiles) {
  if (tiles.tileset) await read();
  return specificationOf(tiles);
}

/** Pure. @param {Tiles} tiles @returns {import('maplibre-gl').RasterSourceSpecification | import('maplibre-gl').VectorSourceSpecification} */
export function specificationOf({ addresses, tileset, kind, min_zoom, max_zoom, bounds }) {
  const fromSouth = addresses.some((address) => address.includes('{-y}'));
  const common = {
    tiles: tileset ? [`${SCHEME}://${tileset}/{z}/{x}/{y}`] : addresses.map((address) => address.replaceAll('{-y}', '{y}')),
    scheme: /** @type {'tms' | 'xyz'} */ (fromSouth ? 'tms' : 'xyz'),
    minzoom: min_zoom,
    maxzoom: max_zoom,
    ...(bounds && { bounds }),
  };
  return kind === 'vector' ? { type: 'vector', ...common } : { type: 'raster', tileSize: RASTER_TILE_PX, ...common };
}

/** Whether sources can be fetched, by the beginning of their names. @type {WeakMap<LiveMap, Map<string, Reach>>} */
const watched = new WeakMap();

class Reach {
  /** Not known before the first tile came or failed to. @type {boolean | undefined} */ #good;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #doubt;

  /** @param {(good: boolean) => void} say @param {() => boolean} waits whether a tile is still on its way */
  constructor(say, waits) {
    this.say = say;
    this.waits = waits;
  }

  /** Tiles were asked for: some should come, unless nobody looks there any more. */
  asked() {
    this.#doubt ??= setTimeout(() => {
      this.end();
      if (this.waits()) this.#is(false);
    }, PATIENCE_MS);
  }

  failed() {
    this.end();
    this.#doubt = setTimeout(() => this.#is(false), DOUBT_MS);
  }

  reached() {
    this.end();
    this.#is(true);
  }

  end() {
    clearTimeout(this.#doubt);
    this.#doubt = undefined;
  }

  /** Another source stands behind the name: of it nothing is known. */
  reset() {
    this.end();
    this.#good = undefined;
  }

  get isBad() { return this.#good === false; }

  get isGood() { return this.#good === true; }

  /** @param {boolean} good */
  #is(good) {
    if (this.#good === good) return;
    this.#good = good;
    this.say(good);
  }
}

/** Says when sources whose names begin so can be fetched, when no longer, and when again; asks again meanwhile.
 * @param {LiveMap} map @param {string} beginning @param {(good: boolean) => void} say */
export function watchReach(map, beginning, say) {
  const known = watched.get(map);
  const all = known ?? new Map();
  if (!known) {
    watched.set(map, all);
    listen(map, all);
  }
  const reach = new Reach(say, () => Object.keys(map.getStyle()?.sources ?? {}).some((id) => id.startsWith(beginning) && !map.isSourceLoaded(id)));
  all.set(beginning, reach);
  return reach;
}

/** @param {LiveMap} map @param {Map<string, Reach>} all */
function listen(map, all) {
  /** @param {string | undefined} source */
  const reachOf = (source) => [...all].find(([beginning]) => source?.startsWith(beginning))?.[1];
  map.on('error', (/** @type {any} */ event) => {
    const reach = reachOf(event.sourceId);
    if (reach) reach.failed();
    else console.error(event.error);
  });
  map.on('sourcedataloading', (/** @type {any} */ event) => {
    if (event.tile) reachOf(event.sourceId)?.asked();
  });
  map.on('sourcedata', (/** @type {any} */ event) => {
    if (event.tile?.state === 'loaded') reachOf(event.sourceId)?.reached();
  });
  const again = setInterval(() => {
    for (const id of Object.keys(map.getStyle()?.sources ?? {})) {
      const reach = reachOf(id);
      if (reach?.isBad) map.refreshTiles(id);
    }
  }, TRY_AGAIN_MS);
  map.once('remove', () => {
    clearInterval(again);
    for (const reach of all.values()) reach.end();
  });
}
