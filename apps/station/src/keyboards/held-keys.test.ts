import type { KeyEvent } from '@antiphon/core/music';
import { expect, it } from 'vitest';
import { HeldKeys } from './held-keys.js';

it('lets go of the keys and the pedal that are down, and of nothing else', () => {
  const passed: KeyEvent[] = [];
  const keys = new HeldKeys((event) => passed.push(event));
  keys.take({ type: 'noteOn', pitch: 60, velocity: 80, atMs: 0 });
  keys.take({ type: 'noteOn', pitch: 64, velocity: 80, atMs: 1 });
  keys.take({ type: 'noteOff', pitch: 60, atMs: 2 });
  keys.take({ type: 'control', controller: 64, value: 127, atMs: 3 });
  keys.releaseAll(4);
  keys.releaseAll(5);
  expect(passed.slice(4)).toEqual([
    { type: 'noteOff', pitch: 64, atMs: 4 },
    { type: 'control', controller: 64, value: 0, atMs: 4 },
  ]);
});

it('tells a pad from the key of its number, which is on another channel', () => {
  const passed: KeyEvent[] = [];
  const keys = new HeldKeys((event) => passed.push(event));
  const press = (channel: number, atMs: number): KeyEvent => ({
    type: 'noteOn',
    pitch: 36,
    velocity: 80,
    channel,
    atMs,
  });
  const release = (channel: number, atMs: number): KeyEvent => ({
    type: 'noteOff',
    pitch: 36,
    channel,
    atMs,
  });
  const played = [press(0, 1), press(9, 2), release(9, 3)];
  for (const event of played) keys.take(event);
  keys.releaseAll(4);
  expect(passed).toEqual([...played, release(0, 4)]);
});

it('lets a key go that is pressed again, when its release was lost', () => {
  const on = (pitch: number, atMs: number): KeyEvent => ({ type: 'noteOn', pitch, velocity: 80, atMs });
  const off = (pitch: number, atMs: number): KeyEvent => ({ type: 'noteOff', pitch, atMs });
  const passed: KeyEvent[] = [];
  const keys = new HeldKeys((event) => passed.push(event));
  for (const event of [on(60, 1), on(60, 5), on(64, 6), off(60, 7), off(60, 8)]) keys.take(event);
  keys.releaseAll(9);
  expect(passed).toEqual([on(60, 1), off(60, 5), on(60, 5), on(64, 6), off(60, 7), off(64, 9)]);
});
