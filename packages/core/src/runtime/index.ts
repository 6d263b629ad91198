export * from './engine.js';
export * from './model-runner.js';
export * from './resident-runner.js';
export * from './worker-runner.js';
