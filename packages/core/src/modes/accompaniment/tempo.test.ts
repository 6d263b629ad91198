import { describe, expect, it } from 'vitest';
import { inOrder, key, type TimedEvent } from '../virtual-time.js';
import {
  C_MAJOR,
  chordNotes,
  gaps,
  heard,
  play,
  randomModel,
  START_MS,
  scale,
  steady,
} from './scene.fixture.js';

describe('the beat of an accompaniment', () => {
  it('finds the visitor’s beat while it listens, and keeps it', () => {
    const beatMs = 60_000 / 104;
    const rhythm = [0, 1, 1.5, 2, 3, 4, 5, 5.5, 6, 6.5, 7];
    const events = Array.from({ length: 6 }, (_, bars) => bars * 8).flatMap((offset) =>
      rhythm.flatMap((beat, i) => {
        const onMs = START_MS + (offset + beat) * beatMs;
        return key(C_MAJOR[i % 8] as number, onMs, onMs + 200);
      }),
    );
    const notes = chordNotes(heard(play({ tempo: 'followed' }, events)));
    expect(notes.length).toBeGreaterThan(20);
    for (const { onsetMs } of notes) {
      const beats = (onsetMs - START_MS) / beatMs;
      expect(Math.abs(beats - 2 * Math.round(beats / 2))).toBeLessThan(0.15);
    }
  });

  it('takes over a pulse from outside without a note lost or bunched', () => {
    const pulse = { type: 'pulse', pulse: { tempoBpm: 122, originMs: 40 }, atMs: 9_010 } as const;
    const events = [...steady(scale(64)), pulse].sort((a, b) => a.atMs - b.atMs);
    const notes = chordNotes(heard(play({ tempo: 'midiClock' }, events)));
    const onsets = [...new Set(notes.map(({ onsetMs }) => onsetMs))];
    const beatMs = 60_000 / 122;
    for (const onsetMs of onsets.filter((each) => each > 13_000))
      expect((onsetMs - 40 + 1e-6) % beatMs).toBeLessThan(1);
    for (const [i, onsetMs] of onsets.entries())
      if (i > 0) expect(onsetMs - (onsets[i - 1] as number)).toBeGreaterThan(700);
    expect(Math.max(...gaps(notes), 0)).toBeLessThan(beatMs);
  });

  it('strikes nothing twice while the beat wavers', () => {
    for (const commitBeats of [0, 1]) {
      const pulses = Array.from(
        { length: 120 },
        (_, i): TimedEvent => ({
          type: 'pulse',
          pulse: { tempoBpm: 120 + Math.sin(i) / 2, originMs: START_MS + 12 * Math.sin(i / 3) },
          atMs: START_MS + i * 260,
        }),
      );
      const events = inOrder(steady(scale(64)), pulses);
      const notes = chordNotes(
        heard(play({ tempo: 'midiClock', commitBeats, density: 0.5 }, events, { model: randomModel(2) })),
      );
      expect(notes.length).toBeGreaterThan(50);
      for (const note of notes) {
        const again = notes.filter(
          (other) =>
            other !== note && other.pitch === note.pitch && Math.abs(other.onsetMs - note.onsetMs) < 60,
        );
        expect(again).toEqual([]);
      }
    }
  });
});
