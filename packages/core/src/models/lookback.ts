/**
 * Magenta's lookback (LookbackEventSequenceEncoderDecoder): the model hears what came one and two bars ago, and may say "the same
 * again" in place of the event.
 */
import { HOLD, type MelodyEvent } from '../music/melody.js';
import type { ClassCoding } from './encoding.js';
import type { InputPart } from './input-parts.js';
import { oneHotClass, oneHotSize, type PitchRange } from './one-hot.js';

/** In steps: one bar and two bars of 4/4. */
export const LOOKBACK_DISTANCES: readonly number[] = [16, 32];

/** For each distance the event that comes next if the melody repeats itself. Before its beginning it held. */
export function lookbackPart(range: PitchRange, distances: readonly number[]): InputPart {
  const classes = oneHotSize(range);
  return {
    size: classes * distances.length,
    write({ events, position }, put) {
      distances.forEach((distance, i) => {
        const event = events[position + 1 - distance] ?? HOLD;
        put(i * classes + oneHotClass(event, range), 1);
      });
    },
  };
}

/** The same by bars, in whatever metre. */
export function barLookbackPart(range: PitchRange, bars: readonly number[]): InputPart {
  const classes = oneHotSize(range);
  return {
    size: classes * bars.length,
    write({ events, position, condition: { stepsPerBar } }, put) {
      bars.forEach((count, i) => {
        const event = events[position + 1 - count * stepsPerBar] ?? HOLD;
        put(i * classes + oneHotClass(event, range), 1);
      });
    },
  };
}

/** For each distance whether the latest event was a repeat. */
export function repeatPart(distances: readonly number[]): InputPart {
  return {
    size: distances.length,
    write({ events, position }, put) {
      distances.forEach((distance, i) => {
        if (position >= distance && events[position] === events[position - distance]) put(i, 1);
      });
    },
  };
}

/**
 * The classes of `coding` and, after them, one for a repeat at each distance. The longest repeat goes before shorter ones and before the
 * event itself; a hold that comes too early to be one counts as the longest.
 */
export function repeatCoding(coding: ClassCoding, distances: readonly number[]): ClassCoding {
  const longest = distances.length - 1;
  return {
    classes: coding.classes + distances.length,
    classOf(event, before) {
      if (event === HOLD && before.length < (distances[longest] ?? 0)) return coding.classes + longest;
      for (let i = longest; i >= 0; i--)
        if (event === eventAgo(before, distances[i] as number)) return coding.classes + i;
      return coding.classOf(event, before);
    },
    eventOf(classIndex, before) {
      const distance = distances[classIndex - coding.classes];
      if (distance === undefined) return coding.eventOf(classIndex, before);
      return eventAgo(before, distance) ?? HOLD;
    },
  };
}

const eventAgo = (before: readonly MelodyEvent[], distance: number): MelodyEvent | undefined =>
  before[before.length - distance];
