import type { OperatorFunction } from 'rxjs';
import { inline } from '../../src/executors/inline.js';
import { asyncMap } from '../../src/operators/async-map.js';
import { backgroundMap } from '../../src/operators/background-map.js';
import type { LooseMapOptions } from '../../src/operators/map-options.js';

/** Either map, as the tests of what both share see it: whatever a project gives, with whatever options. */
export type AnyMap = <T>(project: (value: T) => unknown, options?: LooseMapOptions<T>) => OperatorFunction<T, unknown>;

const hereMap: AnyMap = (project, options) => asyncMap(project, options as never);
const taskMap: AnyMap = (project, options) =>
  backgroundMap(inline({ project }).tasks.project as never, options as never);

/** What both share holds on this thread, and for the tasks of an executor. */
export const bothMaps: readonly (readonly [name: string, map: AnyMap])[] = [
  ['asyncMap', hereMap],
  ['backgroundMap', taskMap],
];
