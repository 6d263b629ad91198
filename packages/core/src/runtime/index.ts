export * from './engine.js';
export * from './model-runner.js';
export * from './resident-runner.js';
export * from './start-engine.js';
export * from './worker-runner.js';
