/**
 * Magenta.js's MelodyConverter with its auxiliary binary counters: class 0 holds, class 1 is note off, then the pitches from the
 * lowest. Counter bit b of step n (from 1) is +1 where n / 2^b is odd, else -1.
 */
import { HOLD, type MelodyEvent, OFF } from '../music/melody.js';
import type { MelodyEncoding } from './encoding.js';

const HOLD_CLASS = 0;
const OFF_CLASS = 1;
const FIRST_PITCH_CLASS = 2;

export interface OneHotRange {
  minPitch: number;
  maxPitch: number;
}

/** The pitch an octave or more away that lies in the range; the range must span an octave. */
export function foldPitch(pitch: number, { minPitch, maxPitch }: OneHotRange): number {
  let folded = pitch;
  while (folded < minPitch) folded += 12;
  while (folded > maxPitch) folded -= 12;
  return folded;
}

export function createOneHotEncoding(range: OneHotRange, counterBits: number): MelodyEncoding {
  const classes = range.maxPitch - range.minPitch + 1 + FIRST_PITCH_CLASS;
  const classOf = (event: MelodyEvent): number => {
    if (event === HOLD) return HOLD_CLASS;
    if (event === OFF) return OFF_CLASS;
    return foldPitch(event, range) - range.minPitch + FIRST_PITCH_CLASS;
  };
  return {
    inputSize: classes + counterBits,
    classes,
    classOf,
    encode(events, position) {
      const indices = [classOf(events[position] as MelodyEvent)];
      const values = [1];
      for (let bit = 0; bit < counterBits; bit++) {
        indices.push(classes + bit);
        values.push(Math.floor((position + 1) / 2 ** bit) % 2 === 1 ? 1 : -1);
      }
      return { indices, values };
    },
    eventOf(classIndex) {
      if (classIndex === HOLD_CLASS) return HOLD;
      if (classIndex === OFF_CLASS) return OFF;
      return classIndex - FIRST_PITCH_CLASS + range.minPitch;
    },
    allowedClasses(pitches) {
      if (!pitches) return null;
      const allowed = new Uint8Array(classes);
      allowed[HOLD_CLASS] = 1;
      allowed[OFF_CLASS] = 1;
      for (const pitch of pitches)
        if (pitch >= range.minPitch && pitch <= range.maxPitch) allowed[classOf(pitch)] = 1;
      return allowed;
    },
  };
}
