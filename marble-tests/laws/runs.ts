/** How often a property is tried: `default` times, or more or less by `LAW_RUNS` (a factor), from `LAW_SEED`. */
export function runs(count: number): { numRuns: number; seed?: number } {
  const factor = Number(process.env['LAW_RUNS'] ?? '1');
  const seed = process.env['LAW_SEED'];
  return { numRuns: Math.max(1, Math.round(count * factor)), ...(seed === undefined ? {} : { seed: Number(seed) }) };
}
