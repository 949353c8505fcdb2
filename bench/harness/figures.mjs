/** @param {number} n */
export function count(n) {
  return n >= 1e6 ? `${String(n / 1e6)}M` : n >= 1e3 ? `${String(n / 1e3)}k` : String(n);
}

/** @param {number} perSecond */
export function rate(perSecond) {
  return perSecond >= 1e6
    ? `${(perSecond / 1e6).toFixed(2)}M`
    : `${(perSecond / 1e3).toFixed(perSecond < 1e5 ? 1 : 0)}k`;
}

/** @param {number} n */
export function factor(n) {
  return `${n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : n >= 0.1 ? n.toFixed(2) : n.toPrecision(2)} ×`;
}

/** @param {number} share not a number when there is nothing to tell */
export function percent(share) {
  return Number.isNaN(share) ? '–' : `${(100 * share).toFixed(0)} %`;
}

/** @param {number} ms */
export function milliseconds(ms) {
  return `${ms.toFixed(ms >= 100 ? 0 : ms >= 10 ? 1 : 2)} ms`;
}
