/** Between performed notes and the 16th grid that models see. Quantising is for models, never for the record. */
import { HOLD, type MelodyEvent, OFF } from './melody.js';
import { type Grid, msOfStep, stepOfMs } from './metre.js';
import type { Note } from './note.js';

/** A note on the grid; `endStep` is the first step it no longer sounds in. */
export interface StepNote {
  pitch: number;
  velocity: number;
  startStep: number;
  endStep: number;
}

/** Rounds onsets and ends to the nearest step; a note always keeps at least one. In the order of onsets, then pitch. */
export function quantize(notes: readonly Note[], grid: Grid): StepNote[] {
  return notes
    .map((note) => {
      const startStep = Math.round(stepOfMs(grid, note.onsetMs));
      const endStep = Math.round(stepOfMs(grid, note.onsetMs + note.durationMs));
      return {
        pitch: note.pitch,
        velocity: note.velocity,
        startStep,
        endStep: Math.max(endStep, startStep + 1),
      };
    })
    .sort((a, b) => a.startStep - b.startStep || a.pitch - b.pitch);
}

/** The top line: of notes that start together the highest, and each note ends where the next begins. */
export function topLine(notes: readonly StepNote[]): StepNote[] {
  const highest = new Map<number, StepNote>();
  for (const note of notes) {
    const other = highest.get(note.startStep);
    if (!other || note.pitch > other.pitch) highest.set(note.startStep, note);
  }
  const line = [...highest.values()].sort((a, b) => a.startStep - b.startStep);
  return line.map((note, i) => ({
    ...note,
    endStep: Math.min(note.endStep, line[i + 1]?.startStep ?? note.endStep),
  }));
}

/** Melody events of a monophonic line for the steps [0, length); notes before step 0 or from `length` on are left out. */
export function melodyOf(line: readonly StepNote[], length: number): MelodyEvent[] {
  const melody: MelodyEvent[] = Array(length).fill(HOLD);
  for (const note of line) {
    if (note.startStep < 0 || note.startStep >= length) continue;
    melody[note.startStep] = note.pitch;
    if (note.endStep < length && melody[note.endStep] === HOLD) melody[note.endStep] = OFF;
  }
  return melody;
}

/** The notes a melody says, on the grid from `startStep` on. The last one ends with the melody. */
export function notesOfMelody(
  melody: readonly MelodyEvent[],
  startStep: number,
  velocity: number,
): StepNote[] {
  const notes: StepNote[] = [];
  let sounding: StepNote | null = null;
  const end = (step: number) => {
    if (sounding) notes.push({ ...sounding, endStep: step });
    sounding = null;
  };
  melody.forEach((event, i) => {
    if (event === HOLD) return;
    end(startStep + i);
    if (event >= 0)
      sounding = { pitch: event, velocity, startStep: startStep + i, endStep: startStep + i + 1 };
  });
  end(startStep + melody.length);
  return notes;
}

/** Exact times of a note on the grid. */
export function performed(note: StepNote, grid: Grid): Note {
  const onsetMs = msOfStep(grid, note.startStep);
  return {
    pitch: note.pitch,
    velocity: note.velocity,
    onsetMs,
    durationMs: msOfStep(grid, note.endStep) - onsetMs,
  };
}
