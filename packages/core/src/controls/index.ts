export * from '../modes/action.js';
export * from './control-map.js';
export * from './lights.js';
export * from './panic-control.js';
export * from './scale.js';
export * from './turning.js';
