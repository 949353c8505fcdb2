export { inline } from './executors/inline.js';
