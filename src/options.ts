/** The longest delay a timer can wait: 2³¹ − 1 ms, 24.8 days. */
const longestMs = 2_147_483_647;

/** How a value is shown in an error message. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'bigint') return `${String(value)}n`;
  if (typeof value === 'function') return `a function${value.name === '' ? '' : ` ${value.name}`}`;
  if (Array.isArray(value)) return `an array of length ${String(value.length)}`;
  if (typeof value === 'object' && value !== null) {
    const name = (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor?.name ?? 'object';
    return name === 'Object' ? 'an object' : `a ${name}`;
  }
  return String(value);
}

/** Throws unless `value` is a whole number of at least `least`, or one of `others`. */
export function checkCount(where: string, option: string, value: unknown, least: number, others: readonly unknown[] = []): void {
  if (others.includes(value)) return;
  const alternatives = others.map((other) => ` or ${shown(other)}`).join('');
  const wanted = `${where}: ${option} must be a whole number of at least ${String(least)}${alternatives}, but it is ${shown(value)}`;
  if (typeof value !== 'number') throw new TypeError(wanted);
  if (!Number.isSafeInteger(value) || value < least) throw new RangeError(wanted);
}

/** Throws unless `value` is a duration a timer can keep. */
export function checkDuration(where: string, option: string, value: unknown, least = 0): void {
  const wanted = `${where}: ${option} must be a number of milliseconds from ${String(least)} to ${String(longestMs)}, but it is ${shown(value)}`;
  if (typeof value !== 'number') throw new TypeError(wanted);
  if (!(value >= least && value <= longestMs)) throw new RangeError(wanted);
}

export function checkOneOf(where: string, option: string, value: unknown, allowed: readonly unknown[]): void {
  if (!allowed.includes(value)) {
    const error = typeof value === typeof allowed[0] ? RangeError : TypeError;
    throw new error(`${where}: ${option} must be ${allowed.map(shown).join(' or ')}, but it is ${shown(value)}`);
  }
}

export function checkFunction(where: string, option: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${where}: ${option} must be a function, but it is ${shown(value)}`);
}

/** Throws unless `options` is an object with none but the `known` names. */
export function checkOptions(where: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${where}: options must be an object, but they are ${shown(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new TypeError(
        `${where}: there is no option '${name}' (got ${shown((options as Record<string, unknown>)[name])}); it takes ${known.join(', ')}`,
      );
    }
  }
}
