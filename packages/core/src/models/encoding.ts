/** How a model is fed and read: between melody events and the network's inputs and classes. */
import { type Chord, type ChordSymbol, chordOf } from '../music/chord.js';
import type { MelodyEvent } from '../music/melody.js';
import { encodeParts, type InputPart, sizeOf } from './input-parts.js';

/** What one step feeds: the inputs that are not 0. Without `values` they are all 1. */
export interface EncodedStep {
  indices: number[];
  values?: number[];
}

/** What is known beside the melody. A model reads what it was trained with and passes over the rest. */
export interface Condition {
  /** The chord of each step, from the melody's first on. Past its end a model that accompanies makes its own; for others the last goes on. */
  chords: readonly ChordSymbol[];
  /** The bass line's event at each step, for models that accompany; past its end they make their own. */
  bass: readonly MelodyEvent[];
  /** One of the styles that the model knows; null leaves it open. */
  style: string | null;
  /** The metre, as 16ths a bar; the melody begins on a bar line. */
  stepsPerBar: number;
}

export const NO_CONDITION: Condition = { chords: [], bass: [], style: null, stepsPerBar: 16 };

/** The chord of a step. */
export function chordAt({ chords }: Condition, step: number): Chord | null {
  return chordOf(chords[Math.min(step, chords.length - 1)] ?? '');
}

/** Whether both conditions say the same of the first `steps` steps. */
export function sameUntil(a: Condition, b: Condition, steps: number): boolean {
  if (a === b) return true;
  if (a.style !== b.style || a.stepsPerBar !== b.stepsPerBar) return false;
  const last = (condition: Condition, step: number) =>
    condition.chords[Math.min(step, condition.chords.length - 1)] ?? '';
  for (let step = 0; step < Math.min(steps, Math.max(a.chords.length, b.chords.length)); step++)
    if (last(a, step) !== last(b, step)) return false;
  for (let step = 0; step < Math.min(steps, Math.max(a.bass.length, b.bass.length)); step++)
    if (a.bass[step] !== b.bass[step]) return false;
  return true;
}

/** What the classes of the melody head stand for. */
export interface ClassCoding {
  /** V */
  readonly classes: number;
  /** The class that stands for an event after the events before it; pitches outside the range are folded into it by octaves. */
  classOf(event: MelodyEvent, before: readonly MelodyEvent[]): number;
  /** Several classes may stand for one event: repeats do. */
  eventOf(classIndex: number, before: readonly MelodyEvent[]): MelodyEvent;
}

export interface MelodyEncoding extends ClassCoding {
  /** I: the network's inputs. */
  readonly inputSize: number;
  /** The input after `events[0..position]`, from which the event at `position + 1` is predicted. */
  encode(events: readonly MelodyEvent[], position: number, condition: Condition): EncodedStep;
  /** [V], 1 for classes that start none but the given pitches; null where all are allowed. */
  allowedClasses(pitches: readonly number[] | null, before: readonly MelodyEvent[]): Uint8Array | null;
}

/** An encoding of classes and of the parts of the input, in their order. */
export function createEncoding(coding: ClassCoding, parts: readonly InputPart[]): MelodyEncoding {
  return {
    ...coding,
    inputSize: sizeOf(parts),
    encode: (events, position, condition) => encodeParts(parts, { events, position, condition }),
    allowedClasses(pitches, before) {
      if (!pitches) return null;
      return Uint8Array.from({ length: coding.classes }, (_, index) => {
        const event = coding.eventOf(index, before);
        return event < 0 || pitches.includes(event) ? 1 : 0;
      });
    },
  };
}
