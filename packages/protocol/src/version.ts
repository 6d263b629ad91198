/**
 * The wire's version: raised when an old peer could no longer understand a new one.
 * 1: first release.
 */
export const PROTOCOL_VERSION = 1;
