// Bar charts as SVG: horizontal bars, a name before each and its figure behind it.

/** @import { Kind } from './interleave.mjs' */

/**
 * @typedef {object} Bar
 * @property {string} name
 * @property {number} value
 * @property {string} text the figure as it is to be read
 * @property {number} [low] with `high`, the middle half of what was measured: a line across the end of the bar
 * @property {number} [high]
 * @property {Kind} [kind] default: a peer's
 *
 * @typedef {object} Panel
 * @property {string} title
 * @property {'more is better' | 'less is better'} better
 * @property {boolean} [logarithmic]
 * @property {Bar[]} bars
 */

/** @typedef {(value: number) => number} Scale from a value to how far to the right it is */

const width = 920;
const names = 340;
const figures = 100;
const plot = width - names - figures;
const row = 24;
const bar = 15;
const panelHead = 44;
const panelFoot = 34;

/** @type {Record<Kind, string>} */
const colours = { ours: '#b5127f', peer: '#8a97a6', reference: '#cdd4dc' };

/** @type {[Kind, string][]} */
const kinds = [
  ['ours', 'this library'],
  ['peer', 'others'],
  ['reference', 'by hand'],
];

/**
 * @param {string} title
 * @param {string} subtitle
 * @param {readonly Panel[]} panels one below the other
 */
export function barChart(title, subtitle, panels) {
  let y = 60;
  const parts = [
    label(20, 32, title, 'font-size="17" font-weight="600"'),
    label(20, 52, subtitle, 'font-size="12" fill="#57606a"'),
    ...legend(new Set(panels.flatMap(({ bars }) => bars.map(({ kind = 'peer' }) => kind)))),
  ];
  for (const panel of panels) {
    parts.push(...drawn(panel, y));
    y += heightOf(panel);
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" role="img"`,
    `  font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13" fill="#24292f">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="6" fill="#ffffff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

/** @param {ReadonlySet<Kind>} shown */
function legend(shown) {
  const explained = kinds.filter(([kind]) => shown.has(kind));
  return explained.flatMap(([kind, text], i) => {
    const x = width - 110 * (explained.length - i);
    return [
      `<rect x="${x}" y="42" width="11" height="11" fill="${colours[kind]}"/>`,
      label(x + 17, 52, text, 'font-size="12" fill="#57606a"'),
    ];
  });
}

/** @param {Panel} panel */
function heightOf({ bars }) {
  return panelHead + bars.length * row + panelFoot;
}

/**
 * @param {Panel} panel
 * @param {number} top
 */
function drawn({ title, better, logarithmic = false, bars }, top) {
  const { at, ticks } = logarithmic ? logScale(bars) : linearScale(bars);
  const first = top + panelHead;
  const foot = first + bars.length * row;
  const note = `${better}${logarithmic ? ', logarithmic scale' : ''}`;
  return [
    label(20, top + 28, title, 'font-weight="600"'),
    label(width - 20, top + 28, note, 'text-anchor="end" fill="#57606a"'),
    ...ticks.flatMap((tick) => [
      line(at(tick), first - 2, at(tick), foot + 2, '#e3e7eb'),
      label(at(tick), foot + 17, short(tick), 'text-anchor="middle" font-size="11" fill="#57606a"'),
    ]),
    ...bars.flatMap((one, i) => drawnBar(one, at, first + i * row)),
    line(names, first - 2, names, foot + 2, '#57606a'),
  ];
}

/**
 * @param {Bar} bar
 * @param {Scale} at
 * @param {number} top
 */
function drawnBar({ name, value, text, low = value, high = value, kind = 'peer' }, at, top) {
  const middle = top + row / 2;
  const emphasis = kind === 'ours' ? ' font-weight="600"' : '';
  const length = round(Math.max(1, at(value) - names));
  return [
    label(names - 8, middle + 4.5, name, `text-anchor="end"${emphasis}`),
    `<rect x="${names}" y="${round(middle - bar / 2)}" width="${length}" height="${bar}" fill="${colours[kind]}"/>`,
    ...(high > low ? [line(at(low), middle, at(high), middle, '#24292f')] : []),
    label(Math.max(at(value), at(high)) + 7, middle + 4.5, text, emphasis.trim()),
  ];
}

/**
 * @param {Bar[]} bars
 * @returns {{ at: Scale, ticks: number[] }}
 */
function linearScale(bars) {
  const highest = Math.max(...bars.map(({ value, high = value }) => Math.max(value, high)));
  const most = highest > 0 ? highest : 1;
  const step = roundStep(most / 5);
  return {
    at: (value) => names + (plot * Math.max(0, value)) / most,
    ticks: Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step),
  };
}

/**
 * From a round number below the least value: where a bar begins means nothing on such a scale.
 *
 * @param {Bar[]} bars
 * @returns {{ at: Scale, ticks: number[] }}
 */
function logScale(bars) {
  const first = Math.floor(Math.log10(Math.min(...bars.map(({ value, low = value }) => Math.min(value, low)))) - 0.05);
  const last = Math.log10(Math.max(...bars.map(({ value, high = value }) => Math.max(value, high))));
  return {
    at: (value) => names + Math.max(0, (plot * (Math.log10(value) - first)) / (last - first)),
    ticks: Array.from({ length: Math.floor(last) - first + 1 }, (_, i) => 10 ** (first + i)),
  };
}

/**
 * The next of 1, 2, 5, 10, 20, ...
 *
 * @param {number} least
 */
function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((digit) => digit * power >= least) ?? 10);
}

/** @param {number} value */
function short(value) {
  const [unit, letter] = value >= 1e6 ? [1e6, 'M'] : value >= 1e3 ? [1e3, 'k'] : [1, ''];
  return `${Number((value / unit).toPrecision(4))}${letter}`;
}

/**
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 * @param {string} colour
 */
function line(x1, y1, x2, y2, colour) {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}"/>`;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} text
 * @param {string} attributes
 */
function label(x, y, text, attributes) {
  return `<text x="${round(x)}" y="${round(y)}"${attributes === '' ? '' : ` ${attributes}`}>${escaped(text)}</text>`;
}

/** @param {number} pixels */
function round(pixels) {
  return Math.round(10 * pixels) / 10;
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
