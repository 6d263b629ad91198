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
  symbolOf,
} from '../music/index.js';

const MAJOR = [0, 4, 7];
const MINOR = [0, 3, 7];
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
    intervals: key.scale === 'major' || degree === DOMINANT ? MAJOR : MINOR,
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

/** The pitch of a class that is nearest. */
function near(pitch: number, pitchClass: number): number {
  const up = pitchClassOf(pitchClass - pitch);
  return pitch + (up > 6 ? up - 12 : up);
}
