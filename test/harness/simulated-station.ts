/** A station without a keyboard: speaks the real protocol over a real socket, plays what a test tells it, keeps what it hears. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlMap, Light } from '@antiphon/core/controls';
import type { KeyEvent, PlayedEvent, VoicedNote } from '@antiphon/core/music';
import {
  type ClockEstimate,
  emptyPlan,
  observeClock,
  type Plan,
  revisePlan,
  unknownClock,
} from '@antiphon/core/timing';
import {
  type Act,
  type ActionOffer,
  type Beat,
  type PlayedAnswer,
  PROTOCOL_VERSION,
  type Refused,
  type ServerToStation,
  type StationToServer,
  type TurnChange,
  type Welcome,
} from '@antiphon/protocol';
import { io, type Socket } from 'socket.io-client';
import { until } from './until.js';

/** A note of a test's phrase, in ms from the phrase's start. */
export interface PhraseNote {
  pitch: number;
  onsetMs: number;
  durationMs: number;
  velocity?: number;
}

export class SimulatedStation implements AsyncDisposable {
  readonly stationId: string;
  readonly #socket: Socket<ServerToStation, StationToServer>;
  readonly turns: (TurnChange['turn'] & string)[] = [];
  /** Every plan as it came, with the booth time at which it came. */
  readonly plans: { plan: Plan; arrivedMs: number }[] = [];
  /** Notes of the plan in force or played, by onset. */
  plan: Plan = emptyPlan;
  welcome: Welcome | null = null;
  refused: Refused | null = null;
  panics = 0;
  readonly beats: Beat[] = [];
  /** What can be asked of the machine. */
  offer: ActionOffer = { actions: [], switches: [] };
  /** What its controls do. */
  controls: ControlMap = [];
  /** What each control's light shows, such as `controller 21` at 127. */
  readonly lights = new Map<string, number>();
  #clock: ClockEstimate = unknownClock;
  #sequence = 0;
  unacknowledged = 0;

  private constructor(url: string, token: string, stationId: string, version: number) {
    this.stationId = stationId;
    this.#socket = io(url, {
      transports: ['websocket'],
      reconnection: true,
      reconnectionDelay: 100,
      forceNew: true,
    });
    const runId = randomUUID();
    this.#socket.on('connect', () =>
      this.#socket.emit('hello', {
        version,
        capabilities: ['plans', 'turn', 'lights', 'clockOut', 'actions'],
        token,
        stationId: this.stationId,
        kind: 'hardware',
        name: `simulated ${this.stationId.slice(0, 4)}`,
        runId,
      }),
    );
    this.#socket.on('welcome', (welcome) => {
      this.welcome = welcome;
      this.turns.push(welcome.turn);
    });
    this.#socket.on('refused', (refused) => {
      this.refused = refused;
    });
    this.#socket.on('turn', ({ turn }) => this.turns.push(turn));
    this.#socket.on('panic', () => {
      this.panics++;
    });
    this.#socket.on('beat', (beat) => this.beats.push(beat));
    this.#socket.on('actions', (offer) => {
      this.offer = offer;
    });
    this.#socket.on('controls', (map) => {
      this.controls = map;
    });
    this.#socket.on('light', ({ source, value }: Light) =>
      this.lights.set(`${source.type} ${source.number}`, value),
    );
    this.#socket.on('plan', (plan) => {
      this.plans.push({ plan, arrivedMs: this.boothMs() });
      this.plan = revisePlan(this.plan, plan);
    });
  }

  /** Connects without waiting to be welcomed: for what is refused. */
  static open(
    url: string,
    options: { token: string; stationId?: string; version?: number },
  ): SimulatedStation {
    return new SimulatedStation(
      url,
      options.token,
      options.stationId ?? randomUUID(),
      options.version ?? PROTOCOL_VERSION,
    );
  }

  /** Connects, is welcomed, and agrees on booth time. */
  static async join(url: string, options: { token: string; stationId?: string }): Promise<SimulatedStation> {
    const station = SimulatedStation.open(url, options);
    await until('a welcome', () => {
      if (station.refused) throw new Error(`refused: ${station.refused.message}`);
      return station.welcome;
    });
    for (let i = 0; i < 8; i++) await station.askClock();
    return station;
  }

  async askClock(): Promise<void> {
    const { sentMs, boothMs } = await this.#socket
      .timeout(5_000)
      .emitWithAck('clock', { sentMs: performance.now() });
    this.#clock = observeClock(this.#clock, { sentMs, boothMs, receivedMs: performance.now() });
  }

  boothMs(): number {
    return performance.now() + (this.#clock.offsetMs ?? 0);
  }

  /** Reports what was played; resolves once the server has it in its database. */
  async report(events: PlayedEvent[]): Promise<PlayedAnswer> {
    this.unacknowledged++;
    const sequence = ++this.#sequence;
    const answer = await this.#socket.timeout(30_000).emitWithAck('played', { sequence, events });
    this.unacknowledged--;
    return answer;
  }

  /** Moves a knob, a fader or a button. */
  async control(controller: number, value: number): Promise<void> {
    const event: KeyEvent = { type: 'control', controller, value, atMs: this.boothMs() };
    await this.report([{ ...event, player: 'visitor', voice: 'melody' }]);
  }

  /** Asks something of the machine. */
  act(action: Act['action']): void {
    this.#socket.emit('act', { action, atMs: this.boothMs() });
  }

  /** Sends something that need not fit the protocol. */
  sendRaw(event: string, message: unknown): void {
    (this.#socket as Socket).emit(event, message);
  }

  /** Plays a phrase in real time from now; resolves after its last release, with the booth times of start and end. */
  async play(phrase: PhraseNote[]): Promise<{ startMs: number; endMs: number }> {
    const startMs = this.boothMs();
    const key = { player: 'visitor', voice: 'melody' } as const;
    const events: PlayedEvent[] = phrase.flatMap(({ pitch, onsetMs, durationMs, velocity = 80 }) => [
      { ...key, type: 'noteOn' as const, pitch, velocity, atMs: startMs + onsetMs },
      { ...key, type: 'noteOff' as const, pitch, atMs: startMs + onsetMs + durationMs },
    ]);
    events.sort((a, b) => a.atMs - b.atMs);
    const answers: Promise<PlayedAnswer>[] = [];
    for (const event of events) {
      const waitMs = event.atMs - this.boothMs();
      if (waitMs > 0) await sleep(waitMs);
      answers.push(this.report([event]));
    }
    await Promise.all(answers);
    return { startMs, endMs: events.at(-1)?.atMs ?? startMs };
  }

  /** Reports the machine's notes between two booth times as sounded, as a playing station does. */
  async reportMachineNotes(notes: VoicedNote[]): Promise<void> {
    const events = notes.flatMap((note): PlayedEvent[] => [
      {
        player: 'machine',
        voice: note.voice,
        type: 'noteOn',
        pitch: note.pitch,
        velocity: note.velocity,
        atMs: note.onsetMs,
      },
      {
        player: 'machine',
        voice: note.voice,
        type: 'noteOff',
        pitch: note.pitch,
        atMs: note.onsetMs + note.durationMs,
      },
    ]);
    events.sort((a, b) => a.atMs - b.atMs);
    if (events.length > 0) await this.report(events);
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  /** Cuts the connection without a word, as a pulled plug does; socket.io then connects again by itself. */
  cut(): void {
    this.#socket.io.engine.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.disconnect();
  }
}
