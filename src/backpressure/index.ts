export { createValve } from './create-valve.js';
export type { SourceValve } from './create-valve.js';
export { currentValve } from './current-valve.js';
export { holding } from './holding.js';
export type { Valve } from './valve.js';
