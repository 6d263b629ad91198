/** A seeded stream of random numbers whose place can be saved: mulberry32, 32-bit integer arithmetic only. */
export interface RandomStream {
  /** Uniform in [0, 1). */
  next(): number;
  /** The stream's place; `createRandom(place)` goes on from it. */
  place(): number;
}

export function createRandom(seed: number): RandomStream {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
    place: () => state,
  };
}
