/** The rules by which a line of notes counts as a melody, after Magenta's extraction. */
import type { Style } from '../../models/style.js';
import type { ChordSymbol } from '../../music/chord.js';
import { HOLD, type MelodyEvent } from '../../music/melody.js';
import { melodyOf, type StepNote, topLine } from '../../music/quantize.js';
import type { TrainingPiece } from './piece.js';

export interface MelodyRules {
  minBars: number;
  minPitches: number;
  /** A longer silence is cut down to this. */
  maxSilentBars: number;
}

export const MAGENTA_RULES: MelodyRules = { minBars: 7, minPitches: 5, maxSilentBars: 1 };

/** A piece as it was found: step 0 is a bar line. */
export interface FoundPiece {
  id: string;
  style: Style | null;
  stepsPerBar: number;
  /** Of notes that start together the highest counts. */
  melody: readonly StepNote[];
  /** The chord's symbol at each step. */
  chords: readonly ChordSymbol[] | null;
  /** Of notes that start together the lowest counts. */
  bass: readonly StepNote[] | null;
}

/** Whole bars from the melody's first one to its last. */
export function takePiece(found: FoundPiece, rules: MelodyRules): TrainingPiece | { reason: string } {
  const { id, style, stepsPerBar, chords, bass } = found;
  const line = topLine(found.melody);
  const [first] = line;
  const last = line.at(-1);
  if (!first || !last) return { reason: 'no notes' };
  if (new Set(line.map(({ pitch }) => pitch % 12)).size < rules.minPitches)
    return { reason: `fewer than ${rules.minPitches} pitch classes` };
  const startStep = Math.floor(first.startStep / stepsPerBar) * stepsPerBar;
  const length = Math.ceil((last.endStep - startStep) / stepsPerBar) * stepsPerBar;
  const eventsOf = (notes: readonly StepNote[]) => melodyOf(shifted(notes, -startStep), length);
  const melody = eventsOf(line);
  const keep = barsKept(melody, stepsPerBar, rules.maxSilentBars);
  if (keep.length < rules.minBars) return { reason: `shorter than ${rules.minBars} bars` };
  const cut = <T>(steps: readonly T[]) =>
    keep.flatMap((bar) => steps.slice(bar * stepsPerBar, (bar + 1) * stepsPerBar));
  return {
    id,
    style,
    stepsPerBar,
    melody: cut(melody),
    chords: chords && cut(padded(chords.slice(startStep, startStep + length), length)),
    bass: bass && cut(eventsOf(bottomLine(bass))),
  };
}

function shifted(notes: readonly StepNote[], by: number): StepNote[] {
  return notes.map((note) => ({ ...note, startStep: note.startStep + by, endStep: note.endStep + by }));
}

function padded(chords: readonly ChordSymbol[], length: number): ChordSymbol[] {
  const last = chords.at(-1) ?? 'N.C.';
  return Array.from({ length }, (_, step) => chords[step] ?? last);
}

/** The bars that stay: a run of bars that hold nothing is cut down; a bar that a note sounds through is not silent. */
function barsKept(melody: readonly MelodyEvent[], stepsPerBar: number, maxSilentBars: number): number[] {
  const kept: number[] = [];
  let isSounding = false;
  let silentBars = 0;
  for (let bar = 0; bar * stepsPerBar < melody.length; bar++) {
    const events = melody.slice(bar * stepsPerBar, (bar + 1) * stepsPerBar);
    silentBars = !isSounding && events.every((event) => event === HOLD) ? silentBars + 1 : 0;
    for (const event of events) if (event !== HOLD) isSounding = event >= 0;
    if (silentBars <= maxSilentBars) kept.push(bar);
  }
  return kept;
}

/** Of notes that sound together the lowest; each ends where the next begins. */
function bottomLine(notes: readonly StepNote[]): StepNote[] {
  const line: StepNote[] = [];
  for (const note of [...notes].sort((a, b) => a.startStep - b.startStep || a.pitch - b.pitch)) {
    const before = line.at(-1);
    if (!before || before.endStep <= note.startStep) line.push({ ...note });
    else if (note.pitch <= before.pitch && note.startStep > before.startStep) {
      before.endStep = note.startStep;
      line.push({ ...note });
    }
  }
  return line;
}
