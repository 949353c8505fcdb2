import { isCloneable, read } from './cloneable.js';
import { wasMoved } from './was-moved.js';

/** How deep it looks for what is to blame. */
const deepest = 100;

/**
 * Finds what keeps `value` from being sent and says where it is, what it is and what to do, such as
 * `argument 1 .onClick is a function. Keep functions in …`; `undefined` when it can be sent.
 */
export function whyNotCloneable(where: string, value: unknown): string | undefined {
  if (isCloneable(value)) return undefined;
  let path = '';
  let found = value;
  const seen = new Set<unknown>();
  try {
    while (seen.size < deepest) {
      seen.add(found);
      const kind = kindOf(found);
      if (kind !== undefined) return said(where, path, kind);
      const part = partsOf(found as object).find(([, inner]) => !seen.has(inner) && !isCloneable(inner));
      if (part === undefined)
        return said(where, path, [`is ${article(className(found))}`, 'Send plain data in its place.']);
      path += part[0];
      found = part[1];
    }
  } catch {
    return said(where, path, ['is an object that throws when it is read', 'Send plain data in its place.']);
  }
  return said(where, '', ['has something very deep in it', 'Send data that is less deep, such as a list.']);
}

type Kind = readonly [what: string, advice: string];

function said(where: string, path: string, [what, advice]: Kind): string {
  return `${where}${path === '' ? '' : ` ${path}`} ${what}, which cannot cross to another thread. ${advice}`;
}

function kindOf(value: unknown): Kind | undefined {
  if (typeof value === 'function') {
    const name = value.name === '' ? '' : ` (${value.name})`;
    return [`is a function${name}`, 'Keep functions in the task module and send data.'];
  }
  if (typeof value === 'symbol') return ['is a symbol', 'Send a string in its place.'];
  if (typeof read(value as object, 'then') === 'function')
    return ['is a promise', 'Await it first and send what it brings.'];
  if (typeof read(value as object, 'subscribe') === 'function') {
    return ['is an Observable', 'Subscribe to it on its own side and send its values.'];
  }
  if (wasMoved(value)) {
    return [
      `is ${article(className(value))} that has been moved before`,
      'Send a copy, or move it where it is needed last.',
    ];
  }
  return undefined;
}

function partsOf(holder: object): (readonly [path: string, value: unknown])[] {
  if (holder instanceof Map) {
    return [...(holder as Map<unknown, unknown>)].flatMap(([key, value]) => [
      ['[a key]', key] as const,
      [`.get(${typeof key === 'string' ? `'${key}'` : typeof key})`, value] as const,
    ]);
  }
  if (holder instanceof Set) return [...(holder as Set<unknown>)].map((member, i) => [`[member ${String(i)}]`, member]);
  if (Array.isArray(holder)) return holder.map((element: unknown, i) => [`[${String(i)}]`, element]);
  return Object.keys(holder).map((key) => [
    /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `['${key}']`,
    (holder as Record<string, unknown>)[key],
  ]);
}

/** What it is called; an object that seems plain, and yet cannot be sent, is a Proxy, as of a store that watches its state. */
function className(value: unknown): string {
  const name = (read(value as object, 'constructor') as { name?: unknown } | undefined)?.name;
  if (typeof name === 'string' && name !== '' && name !== 'Object') return name;
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return tag === 'Object' ? 'Proxy' : tag;
}

function article(name: string): string {
  return `${/^[aeio]/i.test(name) ? 'an' : 'a'} ${name}`;
}
