/**
 * Melody events as classes, numbered as Magenta's MelodyOneHotEncoding and Magenta.js's MelodyConverter do: 0 holds, 1 is note off,
 * then the pitches from the lowest.
 */
import { HOLD, type MelodyEvent, OFF } from '../music/melody.js';
import type { ClassCoding } from './encoding.js';
import type { InputPart } from './input-parts.js';

const HOLD_CLASS = 0;
const OFF_CLASS = 1;
const FIRST_PITCH_CLASS = 2;

/** Both ends lie inside. It spans an octave at least. */
export interface PitchRange {
  minPitch: number;
  maxPitch: number;
}

/** The nearest pitch that lies in the range, whole octaves away. */
export function foldPitch(pitch: number, { minPitch, maxPitch }: PitchRange): number {
  let folded = pitch;
  while (folded < minPitch) folded += 12;
  while (folded > maxPitch) folded -= 12;
  return folded;
}

export const oneHotSize = ({ minPitch, maxPitch }: PitchRange): number =>
  maxPitch - minPitch + 1 + FIRST_PITCH_CLASS;

export function oneHotClass(event: MelodyEvent, range: PitchRange): number {
  if (event === HOLD) return HOLD_CLASS;
  if (event === OFF) return OFF_CLASS;
  return foldPitch(event, range) - range.minPitch + FIRST_PITCH_CLASS;
}

export function oneHotCoding(range: PitchRange): ClassCoding {
  return {
    classes: oneHotSize(range),
    classOf: (event) => oneHotClass(event, range),
    eventOf(classIndex) {
      if (classIndex === HOLD_CLASS) return HOLD;
      if (classIndex === OFF_CLASS) return OFF;
      return classIndex - FIRST_PITCH_CLASS + range.minPitch;
    },
  };
}

/** The bass line's latest event; before it began it held. */
export function bassPart(range: PitchRange): InputPart {
  return {
    size: oneHotSize(range),
    write({ position, condition }, put) {
      put(oneHotClass(condition.bass[position] ?? HOLD, range), 1);
    },
  };
}

/** The latest event. */
export function oneHotPart(range: PitchRange): InputPart {
  return {
    size: oneHotSize(range),
    write({ events, position }, put) {
      put(oneHotClass(events[position] as MelodyEvent, range), 1);
    },
  };
}
