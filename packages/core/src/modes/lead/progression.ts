/** The chords that a visitor plays, step by step, and how they are likely to go on. */
import { type ChordSymbol, NO_CHORD, recognizeChord } from '../../music/index.js';

/** A hand spans this much; what lies higher is a melody over the chord. */
const HAND_SPAN = 16;
/** Bars after which chords are known to come again. */
const PERIODS = [1, 2, 4, 8, 12, 16];
/** As much of a period may have been played otherwise, or late. */
const FAULTS = 0.15;

/** The chord that is held, or the one before while nothing or a single note is. */
export function chordHeld(held: readonly number[], before: ChordSymbol): ChordSymbol {
  const lowest = Math.min(...held);
  const chord = recognizeChord(held.filter((pitch) => pitch <= lowest + HAND_SPAN));
  return chord === NO_CHORD ? before : chord;
}

/** The next `steps` chords: as they came before where they come in rounds, else the last one goes on. */
export function expectedChords(
  chords: readonly ChordSymbol[],
  steps: number,
  stepsPerBar: number,
): ChordSymbol[] {
  const period = PERIODS.map((bars) => bars * stepsPerBar).find((length) => comesAgain(chords, length));
  return Array.from(
    { length: steps },
    (_, i) =>
      (period === undefined ? chords.at(-1) : chords[chords.length - period + (i % period)]) ?? NO_CHORD,
  );
}

/** Whether the latest chords are those of `length` steps ago, for half of that at least. */
function comesAgain(chords: readonly ChordSymbol[], length: number): boolean {
  const latest = chords.slice(-length);
  if (chords.length < 1.5 * length || new Set(latest).size < 2) return false;
  if (chords.at(-1) !== chords.at(-1 - length)) return false;
  const compared = Math.min(length, chords.length - length);
  let faults = 0;
  for (let i = chords.length - compared; i < chords.length; i++)
    if (chords[i] !== chords[i - length]) faults++;
  return faults <= FAULTS * compared;
}
