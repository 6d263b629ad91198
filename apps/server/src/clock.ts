/** Booth time: monotonic while the server runs, and about the same after it was restarted. */
export interface Clock {
  nowMs(): number;
  /** Calls `act` once, when `atMs` has come and not before; answers how to call it off. */
  at(atMs: number, act: () => void): () => void;
}

export const CLOCK = Symbol('clock');

/** Node's timers wait no longer than this. */
const LONGEST_MS = 2 ** 31 - 1;

export const boothClock: Clock = {
  nowMs: () => performance.timeOrigin + performance.now(),
  at(atMs, act) {
    let timer: NodeJS.Timeout;
    const wait = () => {
      const leftMs = Math.ceil(atMs - boothClock.nowMs()); // timers may fire a fraction of a millisecond early
      if (leftMs <= 0) act();
      else timer = setTimeout(wait, Math.min(leftMs, LONGEST_MS));
    };
    timer = setTimeout(wait, Math.min(Math.max(0, atMs - boothClock.nowMs()), LONGEST_MS));
    return () => clearTimeout(timer);
  },
};
