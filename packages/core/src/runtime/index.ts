export * from './engine.js';
export * from './model-runner.js';
