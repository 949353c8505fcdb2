// The short forms of `messages.ts`: what was called, which option, what it got.

export function shown(value: unknown): string {
  return Object(value) === value ? typeof value : String(value);
}

export function misfit(where: string, option: string, value: unknown): string {
  return `${where}: ${option}: ${shown(value)}`;
}

export { misfit as refusal };

export function text(...details: readonly unknown[]): string {
  return details.map(shown).join(' ');
}

export function advised<P>(policy: P): P {
  return policy;
}

export function warn(): void {
  // Warnings are for development.
}

export function watchHolds(): undefined {
  return undefined;
}

export function gathers(): void {
  // Nothing is watched.
}
