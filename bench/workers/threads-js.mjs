// @ts-expect-error -- it has no types for ES modules
import { expose } from 'threads/worker';
import { increment, spin } from './tasks.mjs';

expose({ increment, spin });
