import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { SURE, trackBeat } from './beat-tracker.js';
import { type ClockMessage, hearClock, pulseOfClock, stoppedClock } from './midi-clock.js';
import { pulseOfTaps, type Taps, tap } from './tap-tempo.js';

const tapAll = (times: number[]): Taps => times.reduce<Taps>(tap, []);

describe('tapping', () => {
  it.each<[string, number[], number | null]>([
    ['one tap says nothing', [1000], null],
    ['two taps are a tempo', [1000, 1500], 120],
    ['an uneven tap is outvoted', [0, 500, 1000, 1560, 2000, 2500], 120],
    ['a pause begins again', [0, 300, 600, 10_000, 10_600], 100],
    ['a finger that bounces is passed over', [0, 20, 500, 515, 1000], 120],
  ])('%s', (_name, times, tempoBpm) => {
    const pulse = pulseOfTaps(tapAll(times), '4/4');
    if (tempoBpm === null) expect(pulse).toBeNull();
    else expect(pulse?.tempoBpm).toBeCloseTo(tempoBpm, 6);
  });

  it('takes the first tap for a bar line', () => {
    expect(pulseOfTaps(tapAll([0, 500, 1000, 1500, 2000]), '4/4')?.originMs).toBe(2000);
    expect(pulseOfTaps(tapAll([0, 500, 1000]), '4/4')?.originMs).toBe(0);
    expect(pulseOfTaps(tapAll([0, 500, 1000, 1500]), '3/4')?.originMs).toBe(1500);
  });

  it.each([10, 25, 40])('counts bars through a row of %d taps', (taps) => {
    const times = Array.from({ length: taps }, (_, i) => i * 500);
    expect((pulseOfTaps(tapAll(times), '3/4')?.originMs ?? 0) % 1500).toBe(0);
    expect((pulseOfTaps(tapAll(times), '4/4')?.originMs ?? 0) % 2000).toBe(0);
  });

  it('hears dotted quarters in 6/8', () => {
    expect(pulseOfTaps(tapAll([0, 900, 1800]), '6/8')).toEqual({ tempoBpm: 100, originMs: 1800 });
    expect(pulseOfTaps(tapAll([0, 900]), '6/8')).toEqual({ tempoBpm: 100, originMs: 0 });
  });
});

describe('following the playing', () => {
  /** Onsets on 16ths of a tempo, each moved by up to `jitterMs`. */
  const played = (tempoBpm: number, sixteenths: number[], jitterMs: number, seed: number) => {
    const random = createRandom(seed).next;
    return sixteenths.map((step) => ({
      atMs: 5000 + (step * 15_000) / tempoBpm + (random() - 0.5) * 2 * jitterMs,
      weight: step % 4 === 0 ? 1 : 0.8,
    }));
  };
  const tune = [0, 4, 6, 8, 12, 16, 18, 20, 22, 24, 28];

  it.each([84, 92, 110, 120, 138])('finds %d bpm in a tune that wavers by 20 ms', (tempoBpm) => {
    for (let seed = 1; seed <= 10; seed++) {
      const found = trackBeat(played(tempoBpm, tune, 20, seed), 110);
      expect(Math.abs(Math.log2((found?.pulse.tempoBpm ?? 1) / tempoBpm))).toBeLessThan(0.03);
      expect(found?.confidence).toBeGreaterThan(SURE);
      const beatMs = 60_000 / tempoBpm;
      const offBeats = (((found?.pulse.originMs ?? 0) - 5000) / beatMs + 100.5) % 1;
      expect(Math.abs(offBeats - 0.5)).toBeLessThan(0.12);
    }
  });

  it('takes even notes for the level of the metre that was expected', () => {
    const even = Array.from({ length: 12 }, (_, i) => ({ atMs: i * 300, weight: 1 }));
    expect(trackBeat(even, 95)?.pulse.tempoBpm).toBeCloseTo(100, 0);
    expect(trackBeat(even, 190)?.pulse.tempoBpm).toBeCloseTo(200, 0);
  });

  it('is not sure of notes at random times', () => {
    const random = createRandom(3).next;
    const sure = Array.from({ length: 40 }, () => {
      const onsets = Array.from({ length: 14 }, () => ({ atMs: random() * 8000, weight: 1 }));
      return (trackBeat(onsets, 120)?.confidence ?? 0) > SURE;
    });
    expect(sure.filter(Boolean).length).toBeLessThanOrEqual(2);
  });

  it('says nothing of a few notes', () => {
    expect(trackBeat(played(120, [0, 4, 8, 12], 0, 1), 120)).toBeNull();
  });
});

describe('MIDI clock', () => {
  const hearAll = (messages: ClockMessage[]) => messages.reduce(hearClock, stoppedClock);
  const pulses = (count: number, tempoBpm: number, fromMs: number, jitterMs = 0): ClockMessage[] => {
    const random = createRandom(9).next;
    return Array.from({ length: count }, (_, i) => ({
      type: 'clock',
      atMs: fromMs + (i * 60_000) / tempoBpm / 24 + (random() - 0.5) * 2 * jitterMs,
    }));
  };

  it('becomes a pulse that is steadier than its messages', () => {
    const state = hearAll([{ type: 'start', atMs: 1000 }, ...pulses(100, 132, 1000, 4)]);
    const pulse = pulseOfClock(state);
    expect(pulse?.tempoBpm).toBeGreaterThan(131);
    expect(pulse?.tempoBpm).toBeLessThan(133);
    const barMs = (4 * 60_000) / 132;
    const off = (((pulse?.originMs ?? 0) - 1000) / barMs + 10.5) % 1;
    expect(Math.abs(off - 0.5) * barMs).toBeLessThan(25);
  });

  it('follows a change of tempo within two beats', () => {
    const before = pulses(96, 100, 0);
    const after = pulses(49, 140, (96 * 60_000) / 100 / 24);
    expect(pulseOfClock(hearAll([{ type: 'start', atMs: 0 }, ...before, ...after]))?.tempoBpm).toBeCloseTo(
      140,
      3,
    );
  });

  it.each<[string, ClockMessage[]]>([
    ['before it is started', pulses(48, 120, 0)],
    [
      'after it was stopped',
      [{ type: 'start', atMs: 0 }, ...pulses(48, 120, 0), { type: 'stop', atMs: 1000 }],
    ],
    ['with a few pulses', [{ type: 'start', atMs: 0 }, ...pulses(4, 120, 0)]],
    ['far too fast', [{ type: 'start', atMs: 0 }, ...pulses(48, 900, 0)]],
  ])('is no pulse %s', (_name, messages) => {
    expect(pulseOfClock(hearAll(messages))).toBeNull();
  });

  it('counts bars on from the song position', () => {
    const state = hearAll([
      { type: 'position', sixteenths: 8, atMs: 0 },
      { type: 'continue', atMs: 0 },
      ...pulses(48, 120, 1000),
    ]);
    expect(pulseOfClock(state)?.originMs).toBeCloseTo(0, 6);
  });
});
