export * from './melody.js';
export * from './note.js';
