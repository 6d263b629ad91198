export * from './capabilities.js';
export * from './duet-log.js';
export * from './events.js';
export * from './model-messages.js';
export * from './operator-messages.js';
export * from './station-client.js';
export * from './station-messages.js';
export * from './version.js';
