import type { Piscina } from 'piscina';
import { createRequire } from 'node:module';

/**
 * Not before it is needed: a program that starts no thread need not load it. At once, as the first call waits for it.
 */
export function loadPiscina(): typeof Piscina {
  const loaded = createRequire(import.meta.url)('piscina') as { readonly Piscina: typeof Piscina };
  return loaded.Piscina;
}
