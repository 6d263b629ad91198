export * from './read.js';
export type { TimedTempo } from './tempo-map.js';
export * from './write.js';
