/** The harmony of a call with chords, as what an answer may use. */
import { keyOf, SCALES, type StepNote } from '../../music/index.js';

/** Chords of a minor key have its leading note. */
const HARMONIC_MINOR = [0, 2, 3, 5, 7, 8, 11];
/** So many different notes at once are a chord. */
const CHORD_NOTES = 3;

/**
 * Pitch classes in ascending order: the scale of its key, and all that was played. Null for a call without chords, which leaves the
 * harmony to the model.
 */
export function harmonyOf(notes: readonly StepNote[]): number[] | null {
  if (!hasChord(notes)) return null;
  const { tonic, scale } = keyOf(
    notes.map(({ pitch, startStep, endStep }) => ({ pitch, weight: endStep - startStep })),
  );
  const classes = (scale === 'major' ? SCALES.major : HARMONIC_MINOR).map((step) => (tonic + step) % 12);
  const played = notes.map(({ pitch }) => pitch % 12);
  return [...new Set([...classes, ...played])].sort((a, b) => a - b);
}

function hasChord(notes: readonly StepNote[]): boolean {
  return notes.some(({ startStep }) => {
    const sounding = notes.filter((note) => note.startStep <= startStep && note.endStep > startStep);
    return new Set(sounding.map(({ pitch }) => pitch % 12)).size >= CHORD_NOTES;
  });
}
