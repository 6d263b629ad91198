import type { PlayedEvent } from '@antiphon/core/music';
import { expect, it } from 'vitest';
import { beginAt, pieceOf } from './piece.js';

const note = (
  who: Pick<PlayedEvent, 'player' | 'voice'>,
  pitch: number,
  onMs: number,
  offMs: number,
): PlayedEvent[] => [
  { ...who, type: 'noteOn', pitch, velocity: 90, atMs: onMs },
  { ...who, type: 'noteOff', pitch, atMs: offMs },
];
const visitor = { player: 'visitor', voice: 'melody' } as const;
const machine = { player: 'machine', voice: 'melody' } as const;

it('is both parts, quiet and told apart, from where the first of them begins', () => {
  const events = [...note(visitor, 60, 700, 900), ...note(machine, 60, 1700, 2000)];
  expect(beginAt(pieceOf(events), 50_000)).toEqual([
    { pitch: 60, velocity: 45, onsetMs: 50_000, durationMs: 200, voice: 'chords' },
    { pitch: 60, velocity: 45, onsetMs: 51_000, durationMs: 300, voice: 'melody' },
  ]);
});

it('ends after a minute, and holds no note for long: somebody may come', () => {
  const events = [
    ...note(visitor, 60, 0, 30_000),
    ...note(machine, 64, 59_000, 61_000),
    ...note(machine, 67, 61_000, 62_000),
  ];
  expect(beginAt(pieceOf(events), 0).map(({ pitch, durationMs }) => [pitch, durationMs])).toEqual([
    [60, 1500],
    [64, 1500],
  ]);
});

it('is nothing where nothing was played', () => {
  expect(pieceOf([])).toEqual([]);
});
