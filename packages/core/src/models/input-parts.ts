/** A network's input as stretches that lie side by side, each telling one thing. */
import type { MelodyEvent } from '../music/melody.js';
import type { Condition, EncodedStep } from './encoding.js';

export interface InputPart {
  readonly size: number;
  /** Puts what is not 0 after `events[0..position]`; places count from the part's own start. */
  write(
    step: { events: readonly MelodyEvent[]; position: number; condition: Condition },
    put: (place: number, value: number) => void,
  ): void;
}

export const sizeOf = (parts: readonly InputPart[]): number => parts.reduce((sum, { size }) => sum + size, 0);

export function encodeParts(
  parts: readonly InputPart[],
  step: { events: readonly MelodyEvent[]; position: number; condition: Condition },
): EncodedStep {
  const indices: number[] = [];
  const values: number[] = [];
  let offset = 0;
  const put = (place: number, value: number) => {
    indices.push(offset + place);
    values.push(value);
  };
  for (const part of parts) {
    part.write(step, put);
    offset += part.size;
  }
  return { indices, values };
}

/** The place of the next event in its bar as one-hot, apart for each metre that is known (16ths a bar); nothing in another metre. */
export function barPosition(metres: readonly number[]): InputPart {
  return {
    size: metres.reduce((sum, stepsPerBar) => sum + stepsPerBar, 0),
    write({ position, condition: { stepsPerBar } }, put) {
      let offset = 0;
      for (const metre of metres) {
        if (metre === stepsPerBar) put(offset + ((position + 1) % metre), 1);
        offset += metre;
      }
    },
  };
}

/**
 * Magenta's binary counters for the place of the next event: bit b of step n, counted from 1, is +1 where n / 2^b is odd, else -1.
 */
export function binaryCounter(bits: number): InputPart {
  return {
    size: bits,
    write({ position }, put) {
      for (let bit = 0; bit < bits; bit++) put(bit, ((position + 1) >> bit) & 1 ? 1 : -1);
    },
  };
}
