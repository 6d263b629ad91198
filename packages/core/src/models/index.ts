export * from './architecture.js';
export * from './checkpoint.js';
