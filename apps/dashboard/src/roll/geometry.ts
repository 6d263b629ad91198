/** Where notes lie on a piano roll: time runs to the right, pitch upwards. */
import type { Note, Player } from '@antiphon/core/music';

export interface RollNote extends Note {
  player: Player;
  /** Still to come: drawn faintly. */
  planned: boolean;
}

export interface RollView {
  width: number;
  height: number;
  fromMs: number;
  toMs: number;
  lowest: number;
  highest: number;
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const MIN_WIDTH = 3;

/** Null for a note outside the view. */
export function boxOf(note: Note, view: RollView): Box | null {
  const endMs = note.onsetMs + note.durationMs;
  if (
    endMs < view.fromMs ||
    note.onsetMs > view.toMs ||
    note.pitch < view.lowest ||
    note.pitch > view.highest
  )
    return null;
  const x = xOf(note.onsetMs, view);
  const row = view.height / (view.highest - view.lowest + 1);
  return {
    x,
    y: (view.highest - note.pitch) * row,
    width: Math.max(MIN_WIDTH, xOf(endMs, view) - x),
    height: row,
  };
}

export function xOf(ms: number, { fromMs, toMs, width }: RollView): number {
  return ((ms - fromMs) / (toMs - fromMs)) * width;
}

export function msAt(x: number, { fromMs, toMs, width }: RollView): number {
  return fromMs + (x / width) * (toMs - fromMs);
}

const MARGIN = 2;

/** A range of pitches that holds all notes, never so narrow that a step looks like a leap. */
export function pitchRange(notes: readonly Note[], leastSpan: number): { lowest: number; highest: number } {
  const pitches = notes.map(({ pitch }) => pitch);
  const low = pitches.length > 0 ? Math.min(...pitches) - MARGIN : 60;
  const high = pitches.length > 0 ? Math.max(...pitches) + MARGIN : 60;
  const missing = Math.max(0, leastSpan - (high - low));
  const lowest = Math.max(0, low - Math.ceil(missing / 2));
  return { lowest, highest: Math.min(127, Math.max(high, lowest + leastSpan)) };
}

/** Where an eased value is after `elapsedMs` on its way to its goal: half of what is left in every `halfLifeMs`. */
export function glide(
  from: number,
  to: number,
  { elapsedMs, halfLifeMs }: { elapsedMs: number; halfLifeMs: number },
): number {
  const left = (from - to) * 0.5 ** (elapsedMs / halfLifeMs);
  return Math.abs(left) < 0.01 ? to : to + left;
}

/** The part of a duet that is shown: `spanMs` around a position, within it. */
export function windowAround(
  positionMs: number,
  spanMs: number,
  durationMs: number,
): { fromMs: number; toMs: number } {
  const fromMs = Math.max(0, Math.min(positionMs - spanMs / 3, durationMs - spanMs));
  return { fromMs, toMs: fromMs + Math.max(1, Math.min(spanMs, durationMs)) };
}
