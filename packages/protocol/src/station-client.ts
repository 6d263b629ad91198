/**
 * A station's side of the conversation, for every kind of station: says hello, agrees on booth time, and sends what was played
 * until it is acknowledged. What is played and shown is the station's own business.
 */
import { type Action, PanicControl } from '@antiphon/core/controls';
import type { PlayedEvent } from '@antiphon/core/music';
import {
  type ClockEstimate,
  clockIntervalMs,
  observeClock,
  type Pulse,
  unknownClock,
} from '@antiphon/core/timing';
import type { Capability } from './capabilities.js';
import type { ServerToStation } from './events.js';
import type {
  Act,
  ClockAnswer,
  ClockHeard,
  Health,
  Hello,
  Played,
  PlayedAnswer,
  Refused,
} from './station-messages.js';
import { PROTOCOL_VERSION } from './version.js';

/** What it needs of a socket.io client's socket. */
export interface StationSocket {
  readonly connected: boolean;
  on(event: string, listener: (...args: never[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  timeout(ms: number): { emitWithAck(event: string, message: unknown): Promise<unknown> };
  connect(): unknown;
  disconnect(): unknown;
}

/** Numbers what was played and keeps it until it is acknowledged, over reloads and restarts if it can. */
export interface PlayedStore {
  readonly runId: string;
  append(events: PlayedEvent[]): Played;
  acknowledge(sequence: number): void;
  waiting(): Played[];
}

export type StationHandlers = {
  [Name in Exclude<keyof ServerToStation, 'refused'>]: ServerToStation[Name];
} & {
  /** The server will not have this station; `retrying` says whether it is asked again without a person's help. */
  refused: (refused: Refused & { retrying: boolean }) => void;
  /** The connection is gone; it is made again by itself. */
  offline: () => void;
  /** The visitor has pressed a learned Panic: all sound is to stop now. The server is told, but may be out of reach. */
  hush: () => void;
  /** Booth time = this machine's time + offset. */
  clock: (estimate: ClockEstimate) => void;
};

export interface StationClientOptions {
  socket: StationSocket;
  /** Asked for at every connection. */
  identity: () => Pick<Hello, 'token' | 'stationId' | 'kind' | 'name'>;
  store: PlayedStore;
  /** This machine's monotonic clock, ms. */
  nowMs: () => number;
  capabilities: Capability[];
  handlers: StationHandlers;
}

const RETRY_MS = 1_000;
/** What waited while the server was away is sent one after another, in groups, so that what is played now comes through. */
const WAITING_GROUP = 16;
const WAITING_PAUSE_MS = 50;
const ACKNOWLEDGE_TIMEOUT_MS = 10_000;
const CLOCK_TIMEOUT_MS = 2_000;
/** The server hung up; other losses socket.io mends by itself. */
const HUNG_UP = 'io server disconnect';
/** Refusals that pass by themselves. */
const PASSING: Refused['reason'][] = ['stationTaken', 'serverStopping'];

export class StationClient {
  readonly #options: StationClientOptions;
  readonly #panic = new PanicControl();
  #clock: ClockEstimate = unknownClock;
  #exchanges = 0;
  #clockTimer: ReturnType<typeof setTimeout> | undefined;
  #online = false;
  #closed = false;
  /** Chunks sent and neither acknowledged nor given up. */
  readonly #underWay = new Set<number>();
  #sendingWaiting = false;

  constructor(options: StationClientOptions) {
    this.#options = options;
    const { socket, identity, store, handlers, capabilities } = options;
    const on = <Name extends keyof ServerToStation>(name: Name, listener: ServerToStation[Name]) =>
      socket.on(name, listener as never);
    socket.on('connect', () =>
      socket.emit('hello', {
        version: PROTOCOL_VERSION,
        capabilities,
        runId: store.runId,
        ...identity(),
      } satisfies Hello),
    );
    on('welcome', (welcome) => {
      this.#online = true;
      handlers.welcome(welcome);
      void this.#sendWaiting();
      this.#exchanges = 0;
      clearTimeout(this.#clockTimer);
      void this.#askClock();
    });
    on('plan', handlers.plan);
    on('turn', handlers.turn);
    on('mode', handlers.mode);
    on('panic', handlers.panic);
    on('controls', (map) => {
      this.#panic.learn(map);
      handlers.controls(map);
    });
    on('light', handlers.light);
    on('beat', handlers.beat);
    on('actions', handlers.actions);
    on('refused', (refused) => this.#refused(refused));
    socket.on('disconnect', (reason: string) => {
      clearTimeout(this.#clockTimer);
      if (this.#online && !this.#closed) handlers.offline();
      this.#online = false;
      if (reason === HUNG_UP)
        setTimeout(() => !this.#closed && !socket.connected && socket.connect(), RETRY_MS);
    });
  }

  get online(): boolean {
    return this.#online;
  }

  get clock(): ClockEstimate {
    return this.#clock;
  }

  /** Booth time; this machine's own until the first exchange. */
  boothMs(): number {
    return this.#options.nowMs() + (this.#clock.offsetMs ?? 0);
  }

  report(events: PlayedEvent[]): void {
    if (events.length === 0) return;
    const chunk = this.#options.store.append(events);
    if (this.#online)
      void this.#send(chunk).then((sent) => {
        if (!sent) void this.#sendWaiting();
      });
    for (const event of events)
      if (event.player === 'visitor' && this.#panic.isPressedBy(event)) this.#options.handlers.hush();
  }

  health(health: Omit<Health, 'clockUncertaintyMs' | 'roundTripMs'>): void {
    if (!this.#online) return;
    const { uncertaintyMs } = this.#clock;
    const roundTripMs = uncertaintyMs === null ? null : 2 * uncertaintyMs;
    this.#options.socket.emit('health', {
      ...health,
      clockUncertaintyMs: uncertaintyMs,
      roundTripMs,
    } satisfies Health);
  }

  /** The pulse is in booth time. */
  clockHeard(pulse: Pulse | null): void {
    if (this.#online) this.#options.socket.emit('clockHeard', { pulse } satisfies ClockHeard);
  }

  /** Asks something of the machine, now; nobody hears it while the server is out of reach. */
  act(action: Action): void {
    if (this.#online) this.#options.socket.emit('act', { action, atMs: this.boothMs() } satisfies Act);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#clockTimer);
    this.#options.socket.disconnect();
  }

  /** Whether the chunk is on the record. */
  async #send(chunk: Played): Promise<boolean> {
    const { socket, store } = this.#options;
    this.#underWay.add(chunk.sequence);
    const answer = (await socket
      .timeout(ACKNOWLEDGE_TIMEOUT_MS)
      .emitWithAck('played', chunk)
      .catch(() => null)) as PlayedAnswer | null;
    this.#underWay.delete(chunk.sequence);
    if (answer?.ok) store.acknowledge(chunk.sequence);
    return answer?.ok === true;
  }

  /** One after another in the order they were played in; one that fails is passed over and tried again in the next round. */
  async #sendWaiting(): Promise<void> {
    if (this.#sendingWaiting) return;
    this.#sendingWaiting = true;
    const failed = new Set<number>();
    for (let sent = 1; this.#online; sent++) {
      const waiting = this.#options.store.waiting().filter(({ sequence }) => !this.#underWay.has(sequence));
      const chunk = waiting.find(({ sequence }) => !failed.has(sequence)) ?? waiting[0];
      if (!chunk) break;
      if (failed.has(chunk.sequence)) failed.clear();
      if (!(await this.#send(chunk))) {
        failed.add(chunk.sequence);
        await sleep(RETRY_MS);
      } else if (sent % WAITING_GROUP === 0) await sleep(WAITING_PAUSE_MS);
    }
    this.#sendingWaiting = false;
  }

  async #askClock(): Promise<void> {
    const { socket, nowMs, handlers } = this.#options;
    const sentMs = nowMs();
    const answer = (await socket
      .timeout(CLOCK_TIMEOUT_MS)
      .emitWithAck('clock', { sentMs })
      .catch(() => null)) as ClockAnswer | null;
    if (answer) {
      this.#clock = observeClock(this.#clock, { sentMs, boothMs: answer.boothMs, receivedMs: nowMs() });
      handlers.clock(this.#clock);
    }
    if (this.#online)
      this.#clockTimer = setTimeout(() => void this.#askClock(), clockIntervalMs(this.#exchanges++));
  }

  /** The server hangs up after a refusal; one that does not pass is not asked again. */
  #refused(refused: Refused): void {
    if (refused.reason === 'badMessage' && this.#online) return; // one message was lost, not the connection
    const retrying = PASSING.includes(refused.reason);
    this.#options.handlers.refused({ ...refused, retrying });
    if (!retrying) this.close();
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
