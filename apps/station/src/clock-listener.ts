/** Hears MIDI clock and says what its beat is: once a quarter note while it runs, and when it stops. */
import {
  type ClockMessage,
  hearClock,
  type MidiClockState,
  PULSES_PER_QUARTER,
  type Pulse,
  pulseOfClock,
  stoppedClock,
} from '@antiphon/core/timing';

/** A clock that is silent for so long was pulled out. */
const SILENT_MS = 1_000;

export class ClockListener {
  readonly #say: (pulse: Pulse | null) => void;
  #state: MidiClockState = stoppedClock;
  #heardMs = 0;
  #said: Pulse | null = null;

  /** Times are those of the messages. */
  constructor(say: (pulse: Pulse | null) => void) {
    this.#say = say;
  }

  hear(message: ClockMessage): void {
    this.#state = hearClock(this.#state, message);
    this.#heardMs = message.atMs;
    if (message.type !== 'clock' || this.#state.position % PULSES_PER_QUARTER === 0) this.#tell();
  }

  /** To be asked now and then: a clock that has gone says nothing itself. */
  check(nowMs: number): void {
    if (!this.#said || nowMs - this.#heardMs < SILENT_MS) return;
    this.#state = stoppedClock;
    this.#tell();
  }

  /** What was said is said again, to a server that has not heard it. */
  repeat(): void {
    if (this.#said) this.#say(this.#said);
  }

  #tell(): void {
    const pulse = pulseOfClock(this.#state);
    if (!pulse && !this.#said) return;
    this.#said = pulse;
    this.#say(pulse);
  }
}
