// The chart of a course of values, by uPlot, behind the three functions that app/src/charts/series.rs calls.
// Loaded only by pages that show one; colours are the page's own tokens.

/** uPlot's own module, beside this one in the site folder. */
const LIBRARY = './uplot.mjs';
const HEIGHT_SHARE = 0.42;
const LEAST_HEIGHT = 220;

/** @typedef {import('uplot')} Chart */
/** @typedef {{chart: Chart, watch: ResizeObserver, themes: MutationObserver}} Open */

/** The stylesheet of uPlot stands beside this module and is asked for only with a chart. */
function loadStyles() {
  return new Promise((done) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = new URL('./uplot.css', import.meta.url).href;
    link.onload = link.onerror = done;
    document.head.append(link);
  });
}

/** @param {string} name */
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** What the container has inside its padding. @param {HTMLElement} container */
function size(container) {
  const { paddingLeft, paddingRight } = getComputedStyle(container);
  const width = Math.max(container.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight), 200);
  return { width, height: Math.max(Math.round(width * HEIGHT_SHARE), LEAST_HEIGHT) };
}

/** @param {HTMLElement} container @param {{zone: string}} words @returns {Promise<Open>} */
export async function openSeries(container, words) {
  const [{ default: Plot }] = await Promise.all([import(LIBRARY), loadStyles()]);
  const font = `${getComputedStyle(document.body).fontSize} ${getComputedStyle(document.body).fontFamily}`;
  const axis = {
    stroke: () => token('--secondary'), font,
    grid: { stroke: () => token('--line'), width: 1 }, ticks: { stroke: () => token('--line'), width: 1 },
  };
  /** @type {Chart} */
  const chart = new Plot({
    ...size(container),
    legend: { show: false },
    cursor: { points: { size: 6 } },
    tzDate: (/** @type {number} */ seconds) => Plot.tzDate(new Date(seconds * 1000), words.zone),
    fmtDate: () => (/** @type {Date} */ date) => `${two(date.getHours())}:${two(date.getMinutes())}`,
    axes: [axis, { ...axis, size: 70 }],
    series: [{}, { stroke: () => token('--text'), width: 1.5, points: { show: false }, spanGaps: false }],
  }, [[], []], container);
  const watch = new ResizeObserver(() => chart.setSize(size(container)));
  watch.observe(container);
  const themes = new MutationObserver(() => chart.redraw(false));
  themes.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return { chart, watch, themes };
}

/** @param {number} part */
const two = (part) => String(part).padStart(2, '0');

/** @param {Open} open @param {[Float64Array, Float64Array]} data seconds since 1970, and values */
export function setSeries({ chart }, data) {
  chart.setData([Array.from(data[0]), Array.from(data[1])]);
}

/** @param {Open} open */
export function closeSeries({ chart, watch, themes }) {
  watch.disconnect();
  themes.disconnect();
  chart.destroy();
}
