export * from './chord.js';
export * from './key-events.js';
export * from './melody.js';
export * from './metre.js';
export * from './midi-file/index.js';
export * from './note.js';
export * from './quantize.js';
