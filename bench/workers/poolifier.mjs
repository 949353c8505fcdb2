import { ThreadWorker } from 'poolifier';
import * as tasks from './tasks.mjs';

/** @type {Record<string, (data?: any) => unknown>} */
const { increment, spin } = tasks;

export const worker = new ThreadWorker({ increment, spin });
