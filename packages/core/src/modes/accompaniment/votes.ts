/** What the model has predicted for a span, in this prediction and the ones before it, and the chord that comes of it. */
import {
  type ChordSymbol,
  chordOf,
  HOLD,
  NO_CHORD,
  OFF,
  pitchClassOf,
  soundingAfter,
  stepsPerBar,
} from '../../music/index.js';
import type { Span } from '../chord-spans.js';
import { recurrenceOf } from './recurrence.js';
import { generatedAt, type Song } from './song.js';

/** In steps. */
export interface Votes {
  startStep: number;
  chords: Record<ChordSymbol, number>;
  /** By pitch class. */
  melody: number[];
}

/** What a prediction counts for when the next one is made, a 16th later. */
const OLDER_VOTES = 0.85;
/** How much more a chord counts that has the expected melody; one that has nothing of it is still possible. */
const SUITING = 6;
const LEAST_SUITED = 0.1;
/** What a step of the melody counts for that came the last time, against the model's prediction of it. */
const RECURRENCE = 3;

/** What this prediction and the tune so far say of a span, and with less weight the ones before. */
export function votesFor(song: Song, { startStep, endStep }: Span): Votes {
  const before = song.votes.find((each) => each.startStep === startStep);
  const faded = ([chord, votes]: [ChordSymbol, number]) => [chord, votes * OLDER_VOTES] as const;
  const chords: Votes['chords'] = Object.fromEntries(Object.entries(before?.chords ?? {}).map(faded));
  const melody = Array.from({ length: 12 }, (_, i) => (before?.melody[i] ?? 0) * OLDER_VOTES);
  const events = song.asked?.steps.slice(0, Math.max(0, startStep - song.asked.fromStep)) ?? [];
  let sounding = soundingAfter([...song.hearing.melody, ...events.map(({ event }) => event)]);
  for (let step = startStep; step < endStep; step++) {
    const { chord = NO_CHORD, event = HOLD } = generatedAt(song, step) ?? {};
    chords[chord] = (chords[chord] ?? 0) + 1;
    if (event !== HOLD) sounding = event === OFF ? null : event;
    if (sounding !== null) melody[pitchClassOf(sounding)] = (melody[pitchClassOf(sounding)] ?? 0) + 1;
  }
  for (const pitch of playedBefore(song, { startStep, endStep }))
    melody[pitchClassOf(pitch)] = (melody[pitchClassOf(pitch)] ?? 0) + RECURRENCE;
  return { startStep, chords, melody };
}

/** What sounded at each step of a span where the tune was here before; nothing where it was not. */
function playedBefore({ hearing }: Song, { startStep, endStep }: Span): number[] {
  const { melody, firstStep, grid } = hearing;
  const ago = recurrenceOf(melody, stepsPerBar(grid));
  if (ago === null) return [];
  const from = startStep - firstStep - ago;
  let sounding = soundingAfter(melody.slice(0, Math.max(0, from)));
  return melody.slice(Math.max(0, from), Math.max(0, from + endStep - startStep)).flatMap((event) => {
    if (event !== HOLD) sounding = event === OFF ? null : event;
    return sounding === null ? [] : [sounding];
  });
}

/** The chord with the most votes, each of which counts for more the better the chord suits the expected melody. */
export function elected({ chords, melody }: Votes): ChordSymbol {
  const expected = melody.reduce((sum, steps) => sum + steps, 0);
  const scoreOf = (chord: ChordSymbol) => {
    const tones = chordOf(chord)?.pitchClasses ?? [];
    const suiting = tones.reduce((sum, tone) => sum + (melody[tone] ?? 0), 0) / Math.max(1, expected);
    return (chords[chord] ?? 0) * (LEAST_SUITED + suiting) ** SUITING;
  };
  const scores = Object.keys(chords).map(scoreOf);
  return Object.keys(chords)[scores.indexOf(Math.max(...scores))] ?? NO_CHORD;
}
