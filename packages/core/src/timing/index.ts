export * from './beat-tracker.js';
export * from './clock.js';
export * from './clock-sender.js';
export * from './midi-clock.js';
export * from './plan.js';
export * from './pulse.js';
export * from './scheduler.js';
export * from './tap-tempo.js';
