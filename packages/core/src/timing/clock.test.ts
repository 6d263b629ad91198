import { describe, expect, it } from 'vitest';
import { clockIntervalMs, observeClock, unknownClock } from './clock.js';

const exchange = (sentMs: number, outMs: number, backMs: number, offsetMs: number) => ({
  sentMs,
  boothMs: sentMs + outMs + offsetMs,
  receivedMs: sentMs + outMs + backMs,
});

describe('clock', () => {
  it('knows nothing before the first exchange', () => {
    expect(unknownClock.offsetMs).toBeNull();
  });

  it('finds the exact offset when both directions are equally slow', () => {
    expect(observeClock(unknownClock, exchange(1000, 7, 7, 500)).offsetMs).toBe(500);
  });

  it('believes the fastest exchange among delayed and lopsided ones', () => {
    const exchanges = [exchange(0, 80, 5, 500), exchange(100, 1, 1.5, 500), exchange(200, 3, 300, 500)];
    const estimate = exchanges.reduce(observeClock, unknownClock);
    expect(estimate.offsetMs).toBeCloseTo(500, 0);
    expect(estimate.uncertaintyMs).toBe(1.25);
  });

  it('never errs by more than it says', () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 16807) % 2147483647;
      return seed / 2147483647;
    };
    let estimate = unknownClock;
    for (let i = 0; i < 500; i++) {
      estimate = observeClock(estimate, exchange(i * 100, random() * 90, random() * 90, -1234));
      expect(Math.abs((estimate.offsetMs ?? 0) + 1234)).toBeLessThanOrEqual(
        (estimate.uncertaintyMs ?? 0) + 1e-6,
      );
    }
  });

  it('forgets an exchange after a minute, so that drift is followed', () => {
    const old = observeClock(unknownClock, exchange(0, 0.1, 0.1, 500));
    expect(observeClock(old, exchange(61_000, 5, 5, 503)).offsetMs).toBe(503);
  });

  it('ignores an exchange that ends before it began', () => {
    expect(observeClock(unknownClock, { sentMs: 10, boothMs: 0, receivedMs: 9 })).toBe(unknownClock);
  });

  it('asks often at first and seldom later', () => {
    expect(clockIntervalMs(0)).toBeLessThan(clockIntervalMs(100));
  });
});
