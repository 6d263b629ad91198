/** How a model is fed and read: between melody events and the network's inputs and classes. */
import type { MelodyEvent } from '../music/melody.js';

/** What one step feeds: the inputs that are not 0. Without `values` they are all 1. */
export interface EncodedStep {
  indices: number[];
  values?: number[];
}

export interface MelodyEncoding {
  /** I: the network's inputs. */
  readonly inputSize: number;
  /** V: the melody head's classes. */
  readonly classes: number;
  /** The input after `events[0..position]`, from which the event at `position + 1` is predicted. */
  encode(events: readonly MelodyEvent[], position: number): EncodedStep;
  /** The class that stands for an event after the events before it; pitches outside the range are folded into it by octaves. */
  classOf(event: MelodyEvent, before: readonly MelodyEvent[]): number;
  eventOf(classIndex: number, before: readonly MelodyEvent[]): MelodyEvent;
  /** [V], 1 for classes that start none but the given pitches; null where all are allowed. */
  allowedClasses(pitches: readonly number[] | null, before: readonly MelodyEvent[]): Uint8Array | null;
}
