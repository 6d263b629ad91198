export * from './mode.js';
