/** To and from Magenta's NoteSequence, the interchange format of its tools. Needs Magenta.js, so it has an export of its own. */
import { type INoteSequence, NoteSequence } from '@magenta/music/node/protobuf.js';
import { AppError } from '../app-error.js';
import { STEPS_PER_QUARTER } from './melody.js';
import type { Note } from './note.js';
import type { StepNote } from './quantize.js';

/** Notes with exact times; the sequence's times are seconds from its start. */
export function toNoteSequence(notes: readonly Note[], tempoBpm: number): NoteSequence {
  return NoteSequence.create({
    ticksPerQuarter: 220,
    tempos: [{ time: 0, qpm: tempoBpm }],
    totalTime: Math.max(0, ...notes.map(({ onsetMs, durationMs }) => onsetMs + durationMs)) / 1000,
    notes: notes.map(({ pitch, velocity, onsetMs, durationMs }) => ({
      pitch,
      velocity,
      startTime: onsetMs / 1000,
      endTime: (onsetMs + durationMs) / 1000,
    })),
  });
}

/** Notes on the 16th grid, as Magenta's models take them. */
export function toQuantizedNoteSequence(
  notes: readonly StepNote[],
  steps: number,
  tempoBpm: number,
): NoteSequence {
  return NoteSequence.create({
    quantizationInfo: { stepsPerQuarter: STEPS_PER_QUARTER },
    tempos: [{ time: 0, qpm: tempoBpm }],
    totalQuantizedSteps: steps,
    notes: notes.map(({ pitch, velocity, startStep, endStep }) => ({
      pitch,
      velocity,
      quantizedStartStep: startStep,
      quantizedEndStep: endStep,
    })),
  });
}

/** By onset. Throws AppError `badNoteSequence` that names the note for one that no keyboard could play. */
export function fromNoteSequence(sequence: INoteSequence): Note[] {
  return notesOf(sequence, ({ pitch, velocity, startTime, endTime }) => {
    const onsetMs = Number(startTime ?? 0) * 1000;
    const durationMs = Number(endTime ?? 0) * 1000 - onsetMs;
    return durationMs >= 0 && { pitch, velocity, onsetMs, durationMs };
  }).sort((a, b) => a.onsetMs - b.onsetMs || a.pitch - b.pitch);
}

/** By start. Throws AppError `badNoteSequence` for a sequence on another grid, and for a note that is on none. */
export function fromQuantizedNoteSequence(sequence: INoteSequence): StepNote[] {
  const stepsPerQuarter = sequence.quantizationInfo?.stepsPerQuarter;
  if (stepsPerQuarter !== STEPS_PER_QUARTER)
    throw new AppError(
      'badNoteSequence',
      `the sequence has ${stepsPerQuarter ?? 'no'} steps a quarter; ${STEPS_PER_QUARTER} are needed`,
    );
  return notesOf(sequence, ({ pitch, velocity, quantizedStartStep, quantizedEndStep }) => {
    const startStep = Number(quantizedStartStep ?? 0);
    const endStep = Number(quantizedEndStep ?? 0);
    return endStep > startStep && { pitch, velocity, startStep, endStep };
  }).sort((a, b) => a.startStep - b.startStep || a.pitch - b.pitch);
}

type SequenceNote = NonNullable<INoteSequence['notes']>[number];

/** Magenta leaves velocities out where they do not matter. */
const DEFAULT_VELOCITY = 80;

function notesOf<T>(
  { notes }: INoteSequence,
  read: (note: SequenceNote & { pitch: number; velocity: number }) => T | false,
): T[] {
  return (notes ?? []).map((note, i) => {
    const pitch = Number(note.pitch);
    const velocity = Math.min(127, note.velocity || DEFAULT_VELOCITY);
    const isPitch = Number.isInteger(pitch) && pitch >= 0 && pitch <= 127;
    const result = isPitch && read({ ...note, pitch, velocity });
    if (!result)
      throw new AppError(
        'badNoteSequence',
        `note ${i} (pitch ${note.pitch}) has no pitch of a keyboard or ends before it begins`,
      );
    return result;
  });
}
