/**
 * Magenta's KeyMelodyEncoderDecoder, the encoding of attention_rnn: what sounds, where the melody goes, the place in the bar and the
 * keys that fit.
 */
import { HOLD, type MelodyEvent, OFF } from '../music/melody.js';
import type { ClassCoding } from './encoding.js';
import type { InputPart } from './input-parts.js';
import { foldPitch, type PitchRange } from './one-hot.js';

const STEPS_PER_BAR = 16;
const MAJOR_SCALE = [0, 2, 4, 5, 7, 9, 11];
/** Pitches that tell the key of the moment: the last so many different ones. */
const RECENT_PITCHES = 3;

/** The pitches from the lowest, then hold, then note off. */
export function keyMelodyCoding(range: PitchRange): ClassCoding {
  const pitches = range.maxPitch - range.minPitch + 1;
  return {
    classes: pitches + 2,
    classOf(event) {
      if (event === HOLD) return pitches;
      if (event === OFF) return pitches + 1;
      return foldPitch(event, range) - range.minPitch;
    },
    eventOf(classIndex) {
      if (classIndex === pitches) return HOLD;
      if (classIndex === pitches + 1) return OFF;
      return range.minPitch + classIndex;
    },
  };
}

/** The pitch that sounds, sound or silence, whether it starts now, and the direction: +1 up, -1 down. */
export function contourPart(range: PitchRange): InputPart {
  const pitches = range.maxPitch - range.minPitch + 1;
  return {
    size: pitches + 4,
    write({ events, position }, put) {
      const { sounding, starts, direction } = contourOf(events, position);
      if (sounding === null) put(pitches + 1, 1);
      else {
        put(foldPitch(sounding, range) - range.minPitch, 1);
        put(pitches, 1);
      }
      if (starts) put(pitches + 2, 1);
      if (direction !== 0) put(pitches + 3, direction);
    },
  };
}

/** Whether the next event is the first of a bar; then the major keys that most notes so far are in, and those of the last pitches. */
export function keyPart(): InputPart {
  return {
    size: 1 + 12 + 12,
    write({ events, position }, put) {
      if ((position + 1) % STEPS_PER_BAR === 0) put(0, 1);
      const pitches = events.slice(0, position + 1).filter((event) => event >= 0);
      for (const key of likeliestKeys(pitches)) put(1 + key, 1);
      for (const key of likeliestKeys(recentPitches(pitches))) put(13 + key, 1);
    },
  };
}

/** An onset stays one through a note off that follows it at once, as in Magenta. */
function contourOf(events: readonly MelodyEvent[], position: number) {
  let sounding: number | null = null;
  let starts = false;
  let direction = 0;
  let last: number | null = null;
  for (let i = 0; i <= position; i++) {
    const event = events[i] as MelodyEvent;
    if (event === HOLD) starts = false;
    else if (event === OFF) sounding = null;
    else {
      if (last !== null && event !== last) direction = event > last ? 1 : -1;
      starts = true;
      sounding = event;
      last = event;
    }
  }
  return { sounding, starts, direction };
}

/** Different pitches, the latest last. */
function recentPitches(pitches: readonly number[]): number[] {
  const recent: number[] = [];
  for (let i = pitches.length - 1; i >= 0 && recent.length < RECENT_PITCHES; i--)
    if (!recent.includes(pitches[i] as number)) recent.unshift(pitches[i] as number);
  return recent;
}

/** For each major key (0 = C) how many of the pitches are in its scale. */
export function majorKeyHistogram(pitches: readonly number[]): number[] {
  const histogram: number[] = Array(12).fill(0);
  for (const pitch of pitches)
    for (const degree of MAJOR_SCALE) {
      const key = (pitch - degree + 12) % 12;
      histogram[key] = (histogram[key] as number) + 1;
    }
  return histogram;
}

/** The keys that most of the pitches are in; without pitches, all of them. */
function likeliestKeys(pitches: readonly number[]): number[] {
  const histogram = majorKeyHistogram(pitches);
  const most = Math.max(...histogram);
  return [...histogram.keys()].filter((key) => histogram[key] === most);
}
