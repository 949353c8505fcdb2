import { misfit, refusal } from '#messages';

/**
 * What an option may be: a whole number or a duration in milliseconds of at least `least`, only one of `others`,
 * anything, or nothing, since only the `others` are options. Among the others, `Function`, `String`, `Object` and `Array` stand for any value of that type,
 * and a symbol for any object that has it.
 */
export type Rule = readonly [
  kind: 'count' | 'duration' | 'only' | 'any' | 'none',
  least?: number,
  ...others: unknown[],
];

export type Rules = Readonly<Record<string, Rule>>;

export const aFunction: Rule = ['only', 0, Function];
export const aBoolean: Rule = ['only', 0, true, false];

/** The longest delay a timer can wait: 2³¹ − 1 ms, 24.8 days. */
export const longestMs = 2_147_483_647;

function fits(value: unknown, [kind, least = 0, ...others]: Rule): boolean {
  return (
    kind === 'any' ||
    (typeof value === 'number' &&
      value >= least &&
      (kind === 'count' ? Number.isSafeInteger(value) : kind === 'duration' && value <= longestMs)) ||
    others.some((other) => {
      if (other === Array) return Array.isArray(value);
      if (typeof other === 'symbol') return Object(value) === value && other in (value as object);
      return typeof other === 'function'
        ? value !== null && !Array.isArray(value) && typeof value === other.name.toLowerCase()
        : value === other;
    })
  );
}

/** Throws unless `value` fits the rule: a `RangeError` where it has the right type, else a `TypeError`. */
export function checkValue(where: string, option: string, value: unknown, rule: Rule): void {
  if (fits(value, rule)) return;
  // A function there stands for a type: whatever is of it fits.
  const like = rule[0] === 'only' ? rule[2] : 0;
  throw new (typeof value === typeof like && typeof like !== 'function' ? RangeError : TypeError)(
    misfit(where, option, value, rule),
  );
}

/**
 * Reads each option once, inherited ones too, so that what is used later is what was checked. Throws unless `options` is an
 * object, and each of its values fits the rule of its name.
 */
export function checkOptions<O extends object>(where: string, options: O, rules: Rules): O {
  checkValue(where, 'options', options, ['only', 0, Object]);
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(rules, name)) continue;
    throw new TypeError(misfit(where, name, options[name as keyof O], ['none', 0, ...Object.keys(rules)]));
  }
  const read: Record<string, unknown> = {};
  for (const name of Object.keys(rules)) {
    if (!(name in options)) continue;
    const value = (read[name] = options[name as keyof O]);
    if (value !== undefined) checkValue(where, name, value, rules[name] as Rule);
  }
  return read as O;
}

/** Throws when `condition` holds: options that fit alone and make no sense together, or not yet. */
export function refuse(condition: boolean, where: string, option: string, value: unknown): void {
  if (condition) throw new TypeError(refusal(where, option, value));
}
