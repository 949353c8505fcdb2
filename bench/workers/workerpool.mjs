import workerpool from 'workerpool';
import { increment, spin } from './tasks.mjs';

workerpool.worker({ increment, spin });
