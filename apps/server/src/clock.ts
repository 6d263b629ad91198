/** Booth time: monotonic while the server runs, and about the same after it was restarted. */
export interface Clock {
  nowMs(): number;
}

export const CLOCK = Symbol('clock');

export const boothClock: Clock = { nowMs: () => performance.timeOrigin + performance.now() };
