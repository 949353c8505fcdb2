// What every JavaScript platform has and ES2023's own types leave out. The core is compiled against
// this file instead of the DOM's or Node's types, so it cannot lean on either.

interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

declare const AbortController: new () => AbortController;

declare const console: { warn(message: string): void };

declare const process: { readonly env: { readonly NODE_ENV?: string } };

declare function structuredClone(value: unknown): unknown;
