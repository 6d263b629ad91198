export * from './clock.js';
export * from './plan.js';
export * from './scheduler.js';
