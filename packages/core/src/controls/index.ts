export * from '../modes/action.js';
