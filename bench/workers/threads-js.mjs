import { expose } from 'threads/worker';
import { increment, spin } from './tasks.mjs';

expose({ increment, spin });
