import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import {
  barLineFrom,
  type Grid,
  HOLD,
  type KeyEvent,
  keyEventsOfNotes,
  melodyOf,
  msOfStep,
  notesOfKeyEvents,
  notesOfMelody,
  OFF,
  performed,
  quantize,
  stepOfMs,
  topLine,
} from './index.js';

const grid: Grid = { originMs: 1000, tempoBpm: 120, beatsPerBar: 4 };

describe('a grid', () => {
  it.each([1000, 1001, 2999, 3000, -500])('from %d ms finds the next bar line', (from) => {
    const bar = barLineFrom(grid, from);
    expect((bar - 1000) % 2000).toBeCloseTo(0);
    expect(bar).toBeGreaterThanOrEqual(from);
    expect(bar).toBeLessThan(from + 2000);
  });

  it('takes a bar line that was computed another way as the same', () => {
    const odd: Grid = { originMs: 0.1, tempoBpm: 97, beatsPerBar: 3 };
    const line = odd.originMs + 7 * ((60_000 / 97) * 3);
    expect(barLineFrom(odd, line)).toBeCloseTo(line, 6);
  });

  it('converts between steps and ms without loss', () => {
    for (const step of [-3, 0, 0.25, 17]) expect(stepOfMs(grid, msOfStep(grid, step))).toBeCloseTo(step, 9);
  });
});

describe('quantising', () => {
  it('brings back any melody that was performed exactly or a little off', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = createRandom(seed);
      const melody = Array.from({ length: 32 }, () =>
        random.next() < 0.4 ? HOLD : random.next() < 0.2 ? OFF : 48 + Math.floor(random.next() * 36),
      );
      const notes = notesOfMelody(melody, 0, 80).map((note) => {
        const exact = performed(note, grid);
        const shift = (random.next() - 0.5) * 50;
        return {
          ...exact,
          onsetMs: exact.onsetMs + shift,
          durationMs: exact.durationMs + (random.next() - 0.5) * 50,
        };
      });
      const again = melodyOf(topLine(quantize(notes, grid)), melody.length);
      expect(notesOfMelody(again, 0, 80)).toEqual(notesOfMelody(melody, 0, 80));
    }
  });

  it('takes the top of a chord and ends each note where the next begins', () => {
    const chord = [60, 64, 67].map((pitch) => ({
      pitch,
      velocity: 80,
      onsetMs: 1000 + pitch - 60,
      durationMs: 2000,
    }));
    const next = { pitch: 62, velocity: 80, onsetMs: 1500, durationMs: 10 };
    expect(melodyOf(topLine(quantize([...chord, next], grid)), 8)).toEqual([
      67,
      HOLD,
      HOLD,
      HOLD,
      62,
      OFF,
      HOLD,
      HOLD,
    ]);
  });

  it('gives the shortest note a step', () => {
    expect(quantize([{ pitch: 60, velocity: 1, onsetMs: 1010, durationMs: 1 }], grid)).toMatchObject([
      { startStep: 0, endStep: 1 },
    ]);
  });
});

describe('key events', () => {
  it('make the notes they were made of', () => {
    const notes = [
      { pitch: 60, velocity: 80, onsetMs: 0, durationMs: 100 },
      { pitch: 60, velocity: 90, onsetMs: 100, durationMs: 50 },
      { pitch: 64, velocity: 70, onsetMs: 120, durationMs: 400 },
    ];
    expect(notesOfKeyEvents(keyEventsOfNotes(notes), 1000)).toEqual(notes);
  });

  it.each<[string, [pedal: number, atMs: number][], number]>([
    ['ends when its key is let go', [], 100],
    ['is held by the pedal', [[127, 50]], 1000],
    [
      'is held until the pedal is up',
      [
        [127, 50],
        [0, 300],
      ],
      300,
    ],
    [
      'is held by a pedal that is more than half down',
      [
        [64, 50],
        [63, 300],
      ],
      300,
    ],
    [
      'is not held by a pedal that comes up before its key',
      [
        [127, 20],
        [0, 60],
      ],
      100,
    ],
    ['is not held by a pedal that comes too late', [[127, 120]], 100],
  ])('a note %s', (_name, pedals, endMs) => {
    const events: KeyEvent[] = [
      { type: 'noteOn', pitch: 60, velocity: 80, atMs: 0 },
      { type: 'noteOff', pitch: 60, atMs: 100 },
      ...pedals.map(([value, atMs]): KeyEvent => ({ type: 'control', controller: 64, value, atMs })),
    ];
    events.sort((a, b) => a.atMs - b.atMs);
    expect(notesOfKeyEvents(events, 1000)).toEqual([
      { pitch: 60, velocity: 80, onsetMs: 0, durationMs: endMs },
    ]);
  });

  it('end a key that is pressed again, drop a stray release, and close what is held', () => {
    const events: KeyEvent[] = [
      { type: 'noteOff', pitch: 50, atMs: 0 },
      { type: 'noteOn', pitch: 60, velocity: 80, atMs: 10 },
      { type: 'control', controller: 64, value: 127, atMs: 15 },
      { type: 'noteOn', pitch: 60, velocity: 81, atMs: 20 },
    ];
    expect(notesOfKeyEvents(events, 50)).toEqual([
      { pitch: 60, velocity: 80, onsetMs: 10, durationMs: 10 },
      { pitch: 60, velocity: 81, onsetMs: 20, durationMs: 30 },
    ]);
  });
});
