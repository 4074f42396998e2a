// A small day in the city, as feeds would send it. Times are relative to now; nothing is random without its seed.

/** The square before the town hall of 莞城, where most stories happen. */
export const square = /** @type {[number, number]} */ ([113.7518, 23.0207]);

let count = 0;

/** A report as the hotline sends it: known category, so the machine may register and dispatch it.
 * @param {Record<string, unknown>} [details] */
export function report(details = {}) {
  count += 1;
  return {
    source: 'hotline-12345', id: `WO-${count}`, version: 1, kind: 'report', time: new Date().toISOString(),
    position: square, accuracy_m: 20, category: 'C0101', severity: 3, text: '路口井盖缺失', ...details,
  };
}

/** A patrol car's position. @param {string} thing @param {[number, number]} position @param {number} heading */
export function sighting(thing, position, heading) {
  count += 1;
  return {
    source: 'patrol-gps', id: `P-${count}`, version: 1, kind: 'position', time: new Date().toISOString(), thing, position,
    attributes: { heading_deg: heading, speed_mps: 8, status: 'available' },
  };
}

/** A place some metres east and north of another. @param {[number, number]} from @param {number} east @param {number} north
 * @returns {[number, number]} */
export function away(from, east, north) {
  const metresPerDegree = 111_320;
  const longitude = from[0] + east / (metresPerDegree * Math.cos((from[1] * Math.PI) / 180));
  return [Number(longitude.toFixed(6)), Number((from[1] + north / metresPerDegree).toFixed(6))];
}

/** Numbers that are the same in every run: mulberry32, public domain. @param {number} seed */
export function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What an ordinary morning leaves on the desk: thirty matters in several towns, of every severity, and twelve cars. */
export function morning() {
  const chance = seeded(20261123);
  const towns = /** @type {[number, number][]} */ ([
    [113.7518, 23.0207], [113.673, 22.815], [113.815, 22.806], [114.146, 22.745], [113.877, 23.003], [114.1, 22.92],
    [113.65, 22.95], [114.01, 23.06], [113.74, 22.94], [113.96, 22.9],
  ]);
  const matters = /** @type {[string, number, string][]} */ ([
    ['C0101', 3, '人行道上水井盖缺失，已放置警示牌'], ['E0406', 1, '商铺二楼冒烟，有人员被困'], ['C0102', 3, '污水井盖下沉，车辆颠簸'],
    ['E0401', 2, '主干道路面塌陷约两平方米'], ['C0104', 4, '雨水箅子被树叶堵塞'], ['E0421', 4, '工地夜间施工噪声扰民'],
  ]);
  const reports = Array.from({ length: 30 }, (_, index) => {
    const town = towns[index % towns.length] ?? square;
    const [category, severity, text] = matters[index % matters.length] ?? ['C0101', 3, '井盖缺失'];
    return report({ category, severity, text, position: away(town, (chance() - 0.5) * 4000, (chance() - 0.5) * 4000) });
  });
  const cars = Array.from({ length: 12 }, (_, index) => {
    const town = towns[index % towns.length] ?? square;
    return sighting(`粤S${1000 + index}`, away(town, (chance() - 0.5) * 3000, (chance() - 0.5) * 3000), Math.floor(chance() * 360));
  });
  return [...reports, ...cars];
}
