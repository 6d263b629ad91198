/**
 * MIDI clock (MIDI 1.0, System Real-Time): 24 pulses a quarter note, start, continue, stop and song position. In: pulses that jitter
 * become a steady pulse. Out: see clock-sender.
 */
import { FASTEST_BPM, type Pulse, SLOWEST_BPM } from './pulse.js';

export type ClockMessage =
  | { type: 'clock'; atMs: number }
  | { type: 'start'; atMs: number }
  | { type: 'continue'; atMs: number }
  | { type: 'stop'; atMs: number }
  /** Song position pointer, in 16th notes since the start of the song. */
  | { type: 'position'; sixteenths: number; atMs: number };

export const PULSES_PER_QUARTER = 24;
const PULSES_PER_SIXTEENTH = PULSES_PER_QUARTER / 4;
/** Two quarters: jitter of some ms is averaged to a fraction of one, and a change of tempo is followed within a beat or two. */
const MAX_PULSES = 2 * PULSES_PER_QUARTER + 1;
const FEWEST_PULSES = 7;
/** After a gap as long as this the clock was stopped without a word. */
const GAP_MS = 300;

export interface MidiClockState {
  running: boolean;
  /** Position of the next pulse, in pulses since the start of the song. */
  position: number;
  /** Times of the latest pulses, ms, the last one at `position - 1`. */
  pulses: number[];
}

export const stoppedClock: MidiClockState = { running: false, position: 0, pulses: [] };

export function hearClock(state: MidiClockState, message: ClockMessage): MidiClockState {
  switch (message.type) {
    case 'start':
      return { running: true, position: 0, pulses: [] };
    case 'continue':
      return { ...state, running: true, pulses: [] };
    case 'stop':
      return { ...state, running: false, pulses: [] };
    case 'position':
      return { ...state, position: message.sixteenths * PULSES_PER_SIXTEENTH, pulses: [] };
    case 'clock': {
      if (!state.running) return state;
      const last = state.pulses.at(-1);
      const gap = last !== undefined && message.atMs - last > GAP_MS;
      const pulses = [...(gap ? [] : state.pulses), message.atMs].slice(-MAX_PULSES);
      return { ...state, position: state.position + 1, pulses };
    }
    default:
      return message satisfies never;
  }
}

/** Null while the clock is stopped or too new. Bars are counted from the song's start. */
export function pulseOfClock({ running, position, pulses }: MidiClockState): Pulse | null {
  if (!running || pulses.length < FEWEST_PULSES) return null;
  const { slopeMs, lastMs } = fitLine(pulses);
  const tempoBpm = 60_000 / (slopeMs * PULSES_PER_QUARTER);
  if (tempoBpm < SLOWEST_BPM || tempoBpm > FASTEST_BPM) return null;
  return { tempoBpm, originMs: lastMs - (position - 1) * slopeMs };
}

/** Least squares over equally spaced pulses: ms a pulse, and where the line has the last one. */
function fitLine(times: readonly number[]): { slopeMs: number; lastMs: number } {
  const middle = (times.length - 1) / 2;
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  let products = 0;
  let squares = 0;
  times.forEach((time, i) => {
    products += (i - middle) * (time - mean);
    squares += (i - middle) ** 2;
  });
  const slopeMs = products / squares;
  return { slopeMs, lastMs: mean + slopeMs * middle };
}

/** A position has 14 bits. A song that is longer begins again, after whole bars of every metre: 48 is a multiple of 8, 12 and 16. */
const SONG_SIXTEENTHS = 16_384 - (16_384 % 48);

/** What a follower needs to begin in the middle: where bars are counted from, then the order to go on. */
export function joinClock(pulse: Pulse, atMs: number): ClockMessage[] {
  const sixteenthMs = 60_000 / pulse.tempoBpm / 4;
  const sixteenths = Math.max(0, Math.ceil((atMs - pulse.originMs) / sixteenthMs));
  const beginMs = pulse.originMs + sixteenths * sixteenthMs;
  if (sixteenths === 0) return [{ type: 'start', atMs: beginMs }];
  return [
    { type: 'position', sixteenths: sixteenths % SONG_SIXTEENTHS, atMs },
    { type: 'continue', atMs: beginMs },
  ];
}
