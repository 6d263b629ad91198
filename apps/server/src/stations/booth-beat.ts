/** The beat of the whole booth, which stations may share so that what they play fits together. */
import { barLineFrom, EVERY_METRE_BEATS } from '@antiphon/core/music';
import { type Pulse, TOLD_EARLY_MS } from '@antiphon/core/timing';
import type { Clock } from '../clock.js';
import type { Station } from './station.js';

const STANDARD_BPM = 120;

export class BoothBeat {
  readonly #clock: Clock;
  readonly #stations: Iterable<Station>;
  #pulse: Pulse;
  /** Begins at its origin. */
  #next: Pulse | null = null;
  #callOff: () => void = () => {};

  constructor(clock: Clock, stations: Iterable<Station>) {
    this.#clock = clock;
    this.#stations = stations;
    this.#pulse = { tempoBpm: STANDARD_BPM, originMs: clock.nowMs() };
  }

  /** As it is set. */
  get tempoBpm(): number {
    return (this.#next ?? this.#pulse).tempoBpm;
  }

  /** At once where nobody plays to the beat, else where bars of every metre begin together. */
  setTempo(tempoBpm: number): void {
    const nowMs = this.#clock.nowMs();
    this.close();
    if (!this.#isKept()) {
      this.#pulse = { tempoBpm, originMs: nowMs };
      return;
    }
    const originMs = barLineFrom({ ...this.#pulse, beatsPerBar: EVERY_METRE_BEATS }, nowMs);
    const next = { tempoBpm, originMs };
    this.#next = next;
    this.#callOff = this.#clock.at(originMs - TOLD_EARLY_MS, () => {
      this.#pulse = next;
      this.#next = null;
      for (const station of this.#stations) this.tell(station);
    });
  }

  /** What a mode makes of its `tempo` is its own affair; it is told the beat that it may ask for. */
  tell({ active, assignment, clockPulse, tappedPulse }: Station): void {
    const outside = { midiClock: clockPulse, booth: this.#pulse, tapped: tappedPulse };
    active?.session.keepPulse(outside[assignment.params.tempo as keyof typeof outside] ?? null);
  }

  /** A tempo that is still to begin never does. */
  close(): void {
    this.#callOff();
    this.#next = null;
  }

  #isKept(): boolean {
    for (const { active, assignment } of this.#stations)
      if (active && assignment.params.tempo === 'booth') return true;
    return false;
  }
}
