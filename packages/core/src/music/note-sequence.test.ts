import { melodies, sequences } from '@magenta/music/node/core.js';
import { NoteSequence } from '@magenta/music/node/protobuf.js';
import { describe, expect, it } from 'vitest';
import { HOLD, type MelodyEvent, OFF } from './melody.js';
import {
  fromNoteSequence,
  fromQuantizedNoteSequence,
  toNoteSequence,
  toQuantizedNoteSequence,
} from './note-sequence.js';
import { melodyOf, notesOfMelody, performed, quantize, topLine } from './quantize.js';

const grid = { originMs: 0, tempoBpm: 100, beatsPerBar: 4 };
const melody: MelodyEvent[] = [
  60,
  HOLD,
  OFF,
  HOLD,
  64,
  67,
  HOLD,
  HOLD,
  HOLD,
  OFF,
  HOLD,
  72,
  HOLD,
  HOLD,
  HOLD,
  HOLD,
];
const steps = notesOfMelody(melody, 0, 90);
const notes = steps.map((note) => performed(note, grid));

describe('a NoteSequence', () => {
  it('brings back the notes it was made of, over Magenta’s own encoding', () => {
    const bytes = NoteSequence.encode(toNoteSequence(notes, 100)).finish();
    const again = fromNoteSequence(NoteSequence.decode(bytes));
    again.forEach((note, i) => {
      expect(note).toMatchObject({ pitch: notes[i]?.pitch, velocity: 90 });
      expect(note.onsetMs).toBeCloseTo(notes[i]?.onsetMs ?? 0, 6);
      expect(note.durationMs).toBeCloseTo(notes[i]?.durationMs ?? 0, 6);
    });
    expect(fromQuantizedNoteSequence(toQuantizedNoteSequence(steps, melody.length, 100))).toEqual(steps);
  });

  it('is quantised by Magenta.js as we quantise', () => {
    const quantized = sequences.quantizeNoteSequence(toNoteSequence(notes, 100), 4);
    expect(fromQuantizedNoteSequence(quantized)).toEqual(quantize(notes, grid));
  });

  it('is the melody to Magenta.js that it is to us', () => {
    const theirs = melodies.Melody.fromNoteSequence(
      toQuantizedNoteSequence(steps, melody.length, 100),
      48,
      83,
      true,
      melody.length,
    );
    const ours = melodyOf(topLine(steps), melody.length);
    const asClasses = ours.map((event) => (event === HOLD ? 0 : event === OFF ? 1 : event - 48 + 2));
    expect(Array.from(theirs.events)).toEqual(asClasses);
  });

  it('is refused by name when no keyboard could play it', () => {
    expect(() =>
      fromNoteSequence({ notes: [{ pitch: 60, startTime: 0, endTime: 1 }, { pitch: 200 }] }),
    ).toThrow('note 1 (pitch 200)');
    expect(() => fromNoteSequence({ notes: [{ pitch: 60, startTime: 2, endTime: 1 }] })).toThrow('note 0');
    expect(() => fromQuantizedNoteSequence({ notes: [] })).toThrow('no steps a quarter');
  });
});
