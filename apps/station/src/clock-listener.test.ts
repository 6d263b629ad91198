import type { ClockMessage, Pulse } from '@antiphon/core/timing';
import { expect, it } from 'vitest';
import { ClockListener } from './clock-listener.js';

/** `beats` quarter notes of clock at 120 BPM. */
const clock = (beats: number, fromMs: number): ClockMessage[] =>
  Array.from({ length: beats * 24 }, (_, i) => ({ type: 'clock', atMs: fromMs + (i * 500) / 24 }));

it('says the beat once a quarter note, that it stopped, and that it has gone', () => {
  const said: (Pulse | null)[] = [];
  const listener = new ClockListener((pulse) => said.push(pulse));
  for (const message of clock(2, 0)) listener.hear(message);
  expect(said).toEqual([]);
  for (const message of [{ type: 'start', atMs: 1990 } as const, ...clock(4, 2000)]) listener.hear(message);
  expect(said).toHaveLength(4);
  for (const pulse of said) {
    expect(pulse?.tempoBpm).toBeCloseTo(120, 6);
    expect(pulse?.originMs).toBeCloseTo(2000, 6);
  }
  listener.hear({ type: 'stop', atMs: 4100 });
  expect(said.slice(4)).toEqual([null]);
  for (const message of [{ type: 'continue', atMs: 4990 } as const, ...clock(1, 5000)])
    listener.hear(message);
  listener.check(5600);
  expect(said.slice(5)).toHaveLength(1);
  listener.check(6700);
  listener.check(9000);
  expect(said.slice(6)).toEqual([null]);
});
