export * from './dataset/chorales.js';
export * from './dataset/nottingham.js';
export * from './dataset/piece.js';
export * from './dataset/pop909.js';
export * from './dataset/split.js';
export * from './train-melody.js';
