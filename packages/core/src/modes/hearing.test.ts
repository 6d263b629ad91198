import { describe, expect, it } from 'vitest';
import type { KeyEvent } from '../music/index.js';
import { createRandom } from '../random.js';
import { beginHearing, closeSteps, closingMs, hasStopped, hearKey, openStep } from './hearing.js';

it('closes a step when its time has come, however booth time rounds', () => {
  const random = createRandom(1);
  for (let i = 0; i < 20_000; i++) {
    const originMs = 1_795_265_000_000 + random.next() * 1e6;
    const grid = {
      originMs,
      tempoBpm: 40 + random.next() * 200,
      beatsPerBar: 4,
      swing: 0.5 + random.next() * 0.25,
    };
    const hearing = { ...beginHearing(grid, originMs), firstStep: Math.floor(random.next() * 400) };
    expect(openStep(closeSteps(hearing, closingMs(hearing)))).toBe(openStep(hearing) + 1);
  }
});

describe('a visitor under the sustain pedal', () => {
  const grid = { originMs: 0, tempoBpm: 120, beatsPerBar: 4 };
  const after = (...events: KeyEvent[]) => events.reduce(hearKey, beginHearing(grid, 0));
  const pedal = (value: number, atMs: number): KeyEvent => ({ type: 'control', controller: 64, value, atMs });
  const note: KeyEvent[] = [
    { type: 'noteOn', pitch: 60, velocity: 80, atMs: 0 },
    { type: 'noteOff', pitch: 60, atMs: 100 },
  ];
  const stopsAtMs = (hearing: ReturnType<typeof after>) =>
    Array.from({ length: 400 }, (_, i) => i * 100).find((nowMs) => hasStopped(hearing, 4, nowMs));

  it('has not stopped while it holds a note, for as long as a key could', () => {
    expect(stopsAtMs(after(...note))).toBe(2100);
    expect(stopsAtMs(after(pedal(127, 0), ...note))).toBe(16_100);
    expect(stopsAtMs(after(pedal(127, 0), ...note, pedal(0, 5000)))).toBe(7000);
  });

  it('has when it holds nothing', () => {
    expect(stopsAtMs(after(...note, pedal(127, 1000)))).toBe(2100);
    expect(stopsAtMs(after(...note, pedal(127, 1000), pedal(0, 1500)))).toBe(2100);
  });
});
