import type { PlayedEvent } from '@antiphon/core/music';
import { describe, expect, it } from 'vitest';
import { notesOfDuet } from './notes-of-duet.js';

const key = (
  player: 'visitor' | 'machine',
  voice: 'melody' | 'bass',
  type: 'noteOn' | 'noteOff',
  atMs: number,
): PlayedEvent =>
  type === 'noteOn'
    ? { player, voice, type, pitch: 60, velocity: 80, atMs }
    : { player, voice, type, pitch: 60, atMs };

describe('the notes of a duet', () => {
  it('keep players and voices apart that hold the same key', () => {
    const notes = notesOfDuet({
      durationMs: 1_000,
      events: [
        key('visitor', 'melody', 'noteOn', 0),
        key('machine', 'melody', 'noteOn', 100),
        key('machine', 'bass', 'noteOn', 200),
        key('machine', 'melody', 'noteOff', 300),
        key('visitor', 'melody', 'noteOff', 400),
      ],
    });
    expect(
      notes.map(({ player, voice, onsetMs, durationMs }) => [player, voice, onsetMs, durationMs]),
    ).toEqual([
      ['visitor', 'melody', 0, 400],
      ['machine', 'melody', 100, 200],
      ['machine', 'bass', 200, 800],
    ]);
  });
});
