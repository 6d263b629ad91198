/**
 * How well a model accompanies melodies that it hears as they are played: each chord and bass note is drawn before the melody note it
 * sounds with is known, and the first one with nothing heard.
 */
import { accompany } from '../models/accompany.js';
import type { Condition } from '../models/encoding.js';
import type { Model } from '../models/model.js';
import { transpositionFor } from '../models/transposition.js';
import { type ChordSymbol, chordOf, NO_CHORD } from '../music/chord.js';
import { HOLD, type MelodyEvent, OFF, soundingAfter } from '../music/melody.js';
import { createRandom } from '../random.js';
import type { TrainingPiece } from '../training/dataset/piece.js';
import { stepThrough } from './model-predictor.js';

export interface AccompanimentQuality {
  pieces: number;
  /** Share of the steps in which a melody note sounds over a chord that has it; steps without a chord count against it. */
  noteInChord: number;
  /** The same of the chords that were written for the melodies. */
  writtenNoteInChord: number;
  /** Chord changes a bar. */
  changesPerBar: number;
  writtenChangesPerBar: number;
  /** Share of strong beats at which bass and melody are consonant, and the same if the bass were the chord's root. */
  bassConsonant: number;
  rootConsonant: number;
  /** Note in chord in the two bars before the melody jumps by a tritone, and in each of the four after it. */
  beforeJump: number;
  afterJump: number[];
}

const CONSONANT = new Set([0, 3, 4, 7, 8, 9]);
const TRITONE = 6;
const BARS_AFTER = 4;

export interface AccompanimentOptions {
  temperature: number;
  seed: number;
}

/** Pieces without chords are left out. */
export async function accompanimentQuality(
  model: Model,
  pieces: readonly TrainingPiece[],
  options: AccompanimentOptions,
): Promise<AccompanimentQuality> {
  const played = pieces.filter(({ chords }) => chords).map((piece) => heardBy(model, piece));
  const lines = await accompanyAll(model, played, options);
  const written = played.map(({ chords, bass }) => ({ chords: chords as ChordSymbol[], bass: bass ?? [] }));
  const jumping = played.map(jumpingAtMiddle);
  const jumped = await accompanyAll(model, jumping, options);
  const inBars = (bar: number, count: number) =>
    noteInChord(jumping, jumped, (piece, step) => {
      const fromMiddle = Math.floor(step / piece.stepsPerBar) - middleBar(piece);
      return fromMiddle >= bar && fromMiddle < bar + count;
    });
  return {
    pieces: played.length,
    noteInChord: noteInChord(played, lines),
    writtenNoteInChord: noteInChord(played, written),
    changesPerBar: changesPerBar(played, lines),
    writtenChangesPerBar: changesPerBar(played, written),
    bassConsonant: consonance(played, lines, ({ bass }, step) => soundingAt(bass, step)),
    rootConsonant: consonance(
      played,
      lines,
      ({ chords }, step) => chordOf(chords[step] ?? NO_CHORD)?.root ?? null,
    ),
    beforeJump: inBars(-2, 2),
    afterJump: Array.from({ length: BARS_AFTER }, (_, bar) => inBars(bar, 1)),
  };
}

interface Line {
  chords: ChordSymbol[];
  bass: MelodyEvent[];
}

function heardBy(model: Model, piece: TrainingPiece): TrainingPiece {
  const melody = transpositionFor(piece.melody, model).toModel(piece.melody);
  return { ...piece, melody };
}

async function accompanyAll(
  model: Model,
  pieces: readonly TrainingPiece[],
  { temperature, seed }: AccompanimentOptions,
): Promise<Line[]> {
  const { accompaniment, encoding } = model;
  if (!accompaniment) throw new Error(`${model.id} is not a model that accompanies`);
  const lines = pieces.map(({ style, stepsPerBar }, row) => ({
    condition: { chords: [NO_CHORD], bass: [HOLD], style, stepsPerBar } as Condition & Line,
    random: createRandom(seed + row),
  }));
  await stepThrough(
    model,
    pieces.map(({ melody }) => melody.length - 1),
    (row, step) =>
      encoding.encode(
        (pieces[row] as TrainingPiece).melody,
        step,
        (lines[row] as (typeof lines)[number]).condition,
      ),
    (row, step, [melodyLogits, chordLogits, bassLogits]) => {
      const { condition, random } = lines[row] as (typeof lines)[number];
      const { chord, bass } = accompany(
        { melodyCoding: encoding, accompaniment },
        {
          melody: melodyLogits as Float32Array,
          chord: chordLogits as Float32Array,
          bass: bassLogits as Float32Array,
        },
        {
          melodyBefore: (pieces[row] as TrainingPiece).melody.slice(0, step + 1),
          bassBefore: condition.bass,
        },
        { temperature, topK: null, topP: null, random: random.next },
      );
      condition.chords.push(chord);
      condition.bass.push(bass);
    },
  );
  return lines.map(({ condition }) => condition);
}

export function noteInChord(
  pieces: readonly TrainingPiece[],
  lines: readonly { chords: readonly ChordSymbol[] }[],
  counts: (piece: TrainingPiece, step: number) => boolean = () => true,
): number {
  let heard = 0;
  let fitting = 0;
  pieces.forEach((piece, i) => {
    let sounding: MelodyEvent = OFF;
    piece.melody.forEach((event, step) => {
      if (event !== HOLD) sounding = event;
      if (sounding === OFF || !counts(piece, step)) return;
      heard++;
      if (chordOf(lines[i]?.chords[step] ?? NO_CHORD)?.pitchClasses.includes(sounding % 12)) fitting++;
    });
  });
  return fitting / heard;
}

function changesPerBar(pieces: readonly TrainingPiece[], lines: readonly Line[]): number {
  let changes = 0;
  let bars = 0;
  pieces.forEach(({ melody, stepsPerBar }, i) => {
    const { chords } = lines[i] as Line;
    changes += chords.filter((chord, step) => step > 0 && chord !== chords[step - 1]).length;
    bars += melody.length / stepsPerBar;
  });
  return changes / bars;
}

function consonance(
  pieces: readonly TrainingPiece[],
  lines: readonly Line[],
  bassAt: (line: Line, step: number) => number | null,
): number {
  let heard = 0;
  let fitting = 0;
  pieces.forEach(({ melody, stepsPerBar }, i) => {
    for (let step = 0; step < melody.length; step += stepsPerBar / 2) {
      const bass = bassAt(lines[i] as Line, step);
      const sounding = soundingAt(melody, step);
      if (bass === null || sounding === null) continue;
      heard++;
      if (CONSONANT.has((((sounding - bass) % 12) + 12) % 12)) fitting++;
    }
  });
  return fitting / heard;
}

function soundingAt(events: readonly MelodyEvent[], step: number): number | null {
  return soundingAfter(events.slice(0, step + 1));
}

function middleBar({ melody, stepsPerBar }: TrainingPiece): number {
  return Math.floor(melody.length / stepsPerBar / 2);
}

/** Up or down, to where there is more room; chords are those of before and only tell the style of the piece. */
function jumpingAtMiddle(piece: TrainingPiece): TrainingPiece {
  const from = middleBar(piece) * piece.stepsPerBar;
  const highest = Math.max(...piece.melody);
  const by = highest + TRITONE > 83 ? -TRITONE : TRITONE;
  return {
    ...piece,
    melody: piece.melody.map((event, step) => (step >= from && event >= 0 ? event + by : event)),
  };
}
