/** The beat of the whole booth, which stations may share so that what they play fits together. */
import { barLineFrom } from '@antiphon/core/music';
import type { Pulse } from '@antiphon/core/timing';
import type { Station } from './station.js';

const STANDARD_BPM = 120;
/** Another tempo begins on a bar line of the old one, of this many beats. */
const BEATS_PER_BAR = 4;

export class BoothBeat {
  #pulse: Pulse;

  constructor(nowMs: number) {
    this.#pulse = { tempoBpm: STANDARD_BPM, originMs: nowMs };
  }

  get pulse(): Pulse {
    return this.#pulse;
  }

  setTempo(tempoBpm: number, nowMs: number): void {
    const originMs = barLineFrom({ ...this.#pulse, beatsPerBar: BEATS_PER_BAR }, nowMs);
    this.#pulse = { tempoBpm, originMs };
  }

  /** What a mode makes of its `tempo` is its own affair; it is told the beat that it may ask for. */
  tell({ active, assignment, clockPulse }: Station): void {
    const outside = { midiClock: clockPulse, booth: this.#pulse }[String(assignment.params.tempo)];
    active?.session.keepPulse(outside ?? null);
  }
}
