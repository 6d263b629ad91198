export * from './action.js';
export * from './course.js';
export * from './describe.js';
export * from './mode.js';
export * from './registry.js';
export * from './run.js';
