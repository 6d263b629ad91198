/** Chords and bass by rule: under what was played before a model is asked, and where a model leaves a gap. */
import {
  type ChordSymbol,
  chordOf,
  HOLD,
  type Key,
  type MelodyEvent,
  OFF,
  pitchClassOf,
  SCALES,
  STEPS_PER_QUARTER,
  soundingAfter,
  symbolOf,
  TRIADS,
} from '../music/index.js';

/** Degrees of the scale whose triads are tried: the tonic, the dominant, the subdominant. */
const DEGREES = [0, 4, 3];
const DOMINANT = 4;
const LOWEST_BASS = 36;

/** The tonic, the dominant or the subdominant, whichever holds most of the melody; what was sounding before counts, too. */
export function plainChord(events: readonly MelodyEvent[], key: Key, soundingBefore = OFF): ChordSymbol {
  let sounding = soundingBefore;
  const pitches = events.flatMap((event) => {
    if (event !== HOLD) sounding = event;
    return sounding === OFF ? [] : [sounding];
  });
  const triads = DEGREES.map((degree) => ({
    root: pitchClassOf(key.tonic + (SCALES[key.scale][degree] as number)),
    intervals: TRIADS[degree === DOMINANT ? 'major' : key.scale],
  }));
  const held = triads.map(
    ({ root, intervals }) => pitches.filter((pitch) => intervals.includes(pitchClassOf(pitch - root))).length,
  );
  const { root, intervals } = triads[held.indexOf(Math.max(...held))] as (typeof triads)[number];
  return symbolOf(root, intervals);
}

export interface BassContext {
  chord: ChordSymbol;
  /** Whether the chord may begin here. */
  isStart: boolean;
  /** What the bass sounds so far; null for silence. */
  sounding: number | null;
}

/** The event with the bass kept under the chord: where one begins over a bass that is silent or foreign to it, its own bass. */
export function bassUnder(event: MelodyEvent, { chord, isStart, sounding }: BassContext): MelodyEvent {
  const tones = chordOf(chord);
  if (!tones) return sounding === null ? HOLD : OFF;
  const isForeign = (pitch: number) => !tones.pitchClasses.includes(pitchClassOf(pitch));
  if (event >= 0) return isForeign(event) ? near(event, tones.bass) : event;
  if (!isStart) return event;
  if (sounding !== null && event === HOLD) return isForeign(sounding) ? near(sounding, tones.bass) : HOLD;
  return sounding === null
    ? LOWEST_BASS + pitchClassOf(tones.bass - LOWEST_BASS)
    : near(sounding, tones.bass);
}

/** Steps that a bass note lasts at least, and that lie at least between two of them. */
const SHORTEST = STEPS_PER_QUARTER;
const CLOSEST = STEPS_PER_QUARTER / 2;

/** What a model says of the next step of a bass line, unless it would cut the note short or crowd it: then the note goes on. */
export function unhurried(event: MelodyEvent, bass: readonly MelodyEvent[]): MelodyEvent {
  if (event === HOLD || soundingAfter(bass) === null) return event;
  const age = bass.length - bass.findLastIndex((each) => each >= 0);
  return age < (event === OFF ? SHORTEST : CLOSEST) ? HOLD : event;
}

/** The pitch of a class that is nearest. */
function near(pitch: number, pitchClass: number): number {
  const up = pitchClassOf(pitchClass - pitch);
  return pitch + (up > 6 ? up - 12 : up);
}
