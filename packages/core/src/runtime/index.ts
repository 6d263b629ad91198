export * from './batcher.js';
export * from './engine.js';
export * from './kernel.js';
export * from './model-runner.js';
export * from './onnx/onnx-kernel.js';
export * from './resident-runner.js';
export * from './start-engine.js';
export * from './worker-runner.js';
