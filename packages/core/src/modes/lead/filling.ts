/** A model that goes on from long notes says ever less: where an answer is too bare, notes on the way are put in, by rule. */
import {
  type ChordSymbol,
  chordOf,
  type Grid,
  levelOf,
  type MelodyEvent,
  pitchClassOf,
  STEPS_PER_QUARTER,
  stepsPerBar,
} from '../../music/index.js';
import { weightOf } from './polish.js';

/** Of the most onsets that there may be, so many there should be. */
const FEWEST = 0.5;
/** The end of every fourth bar is left to breathe. */
const PHRASE_BARS = 4;

export interface Filling {
  /** The first event's. */
  startStep: number;
  grid: Grid;
  /** Onsets in a beat at the most. */
  onsetsPerBeat: number;
  /** In ascending order; what sounds with none of them sounds at no time. */
  allowed: readonly number[];
  /** The last pitch before the events; null where there was none. */
  before: number | null;
}

/** `chords` are those of the events. Strong beats are filled first. */
export function filled(
  events: readonly MelodyEvent[],
  chords: readonly ChordSymbol[],
  filling: Filling,
): MelodyEvent[] {
  const { startStep, grid, onsetsPerBeat } = filling;
  const bar = stepsPerBar(grid);
  const melody = [...events];
  const fewest = Math.floor((FEWEST * onsetsPerBeat * events.length) / STEPS_PER_QUARTER);
  const isBreath = (step: number) =>
    Math.floor(step / bar) % PHRASE_BARS === PHRASE_BARS - 1 && step % bar >= bar / 2;
  const places = [...melody.keys()]
    .filter((i) => weightOf(grid, startStep + i) > 0 && !isBreath(startStep + i))
    .sort((a, b) => weightOf(grid, startStep + b) - weightOf(grid, startStep + a) || a - b);
  for (const i of places) {
    if (melody.filter((event) => event >= 0).length >= fewest) break;
    if ([i - 1, i, i + 1].some((near) => (melody[near] ?? -1) >= 0)) continue;
    const pitch = pitchOnTheWay(melody, i, { ...filling, chord: chords[i] ?? '' });
    if (pitch !== null) melody[i] = pitch;
  }
  return melody;
}

/** Half way to the next note, or a step on where there is none; on beats a tone of the chord. Neither of the notes beside it. */
function pitchOnTheWay(
  melody: readonly MelodyEvent[],
  i: number,
  { startStep, grid, allowed, before, chord }: Filling & { chord: ChordSymbol },
): number | null {
  const isPitch = (event: MelodyEvent) => event >= 0;
  const last = melody.slice(0, i).findLast(isPitch) ?? before;
  const next = melody.slice(i + 1).find(isPitch) ?? null;
  const tones = levelOf(grid, startStep + i) <= 1 ? chordOf(chord)?.pitchClasses : null;
  const fitting = allowed.filter(
    (pitch) => pitch !== last && pitch !== next && (!tones || tones.includes(pitchClassOf(pitch))),
  );
  const middle = allowed[Math.floor(allowed.length / 2)] ?? null;
  if (middle === null || fitting.length === 0) return null;
  const wanted = last === null ? middle : (last + (next ?? (last > middle ? last - 4 : last + 4))) / 2;
  return fitting.reduce((best, pitch) => (Math.abs(pitch - wanted) < Math.abs(best - wanted) ? pitch : best));
}
