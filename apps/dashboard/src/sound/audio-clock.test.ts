import { describe, expect, it } from 'vitest';
import { type AudioClock, readAudioClock, unreadAudioClock } from './audio-clock.js';

/** Readings every 10 ms of an audio clock that moves in steps. */
function watch(clock: AudioClock, options: { fromMs: number; toMs: number; stepMs: number; lagMs: number }) {
  let watched = clock;
  for (let nowMs = options.fromMs; nowMs <= options.toMs; nowMs += 10)
    watched = readAudioClock(watched, {
      audioSeconds: (Math.floor(nowMs / options.stepMs) * options.stepMs - options.lagMs) / 1000,
      performanceMs: nowMs,
    });
  return watched;
}

describe('the audio clock', () => {
  it('is read as if it did not move in steps', () => {
    const clock = watch(unreadAudioClock, { fromMs: 0, toMs: 990, stepMs: 40, lagMs: 0 });
    expect(clock.offsetMs).toBeCloseTo(0);
  });

  it('is believed again within a second after it stood still', () => {
    const before = watch(unreadAudioClock, { fromMs: 0, toMs: 1_000, stepMs: 10, lagMs: 0 });
    const after = watch(before, { fromMs: 1_010, toMs: 2_500, stepMs: 10, lagMs: 300 });
    expect(after.offsetMs).toBeCloseTo(-300);
  });

  it('keeps no more than a second of readings', () => {
    const clock = watch(unreadAudioClock, { fromMs: 0, toMs: 60_000, stepMs: 10, lagMs: 0 });
    expect(clock.readings.length).toBeLessThanOrEqual(101);
  });
});
