/** The harmony of a call with chords, as what an answer may use. */
import type { StepNote } from '../../music/index.js';

const MAJOR = [0, 2, 4, 5, 7, 9, 11];
const HARMONIC_MINOR = [0, 2, 3, 5, 7, 8, 11];
/** So many different notes at once are a chord. */
const CHORD_NOTES = 3;
/** What the tonic chord's notes count for, against a scale's. */
const TONIC_SHARE = 0.3;

/**
 * Pitch classes in ascending order: the scale that holds most of what was played, and all that was played. Null for a call without
 * chords, which leaves the harmony to the model.
 */
export function harmonyOf(notes: readonly StepNote[]): number[] | null {
  if (!hasChord(notes)) return null;
  const weights: number[] = Array(12).fill(0);
  for (const { pitch, startStep, endStep } of notes)
    weights[pitch % 12] = (weights[pitch % 12] as number) + endStep - startStep;
  const sum = (classes: number[]) =>
    classes.reduce((total, each) => total + (weights[each % 12] as number), 0);
  let best = { classes: [] as number[], score: Number.NEGATIVE_INFINITY };
  for (let root = 0; root < 12; root++)
    for (const scale of [MAJOR, HARMONIC_MINOR]) {
      const classes = scale.map((interval) => (root + interval) % 12);
      const tonic = [0, 2, 4].map((degree) => classes[degree] as number);
      const score = sum(classes) + TONIC_SHARE * sum(tonic);
      if (score > best.score) best = { classes, score };
    }
  const played = notes.map(({ pitch }) => pitch % 12);
  return [...new Set([...best.classes, ...played])].sort((a, b) => a - b);
}

function hasChord(notes: readonly StepNote[]): boolean {
  return notes.some(({ startStep }) => {
    const sounding = notes.filter((note) => note.startStep <= startStep && note.endStep > startStep);
    return new Set(sounding.map(({ pitch }) => pitch % 12)).size >= CHORD_NOTES;
  });
}
