/** A station with a keyboard: links keyboard, player, journal and server. */
import type { KeyEvent, PlayedEvent } from '@antiphon/core/music';
import type { Pulse } from '@antiphon/core/timing';
import { StationClient } from '@antiphon/protocol';
import type { Logger } from 'pino';
import { io, type Socket } from 'socket.io-client';
import { ClockListener } from './clock-listener.js';
import type { DataFolder } from './data-folder.js';
import { openJournal } from './journal/journal.js';
import type { Keyboard, KeyboardStatus } from './keyboards/keyboard.js';
import { Lights } from './lights.js';
import { machineMs } from './machine-clock.js';
import type { StationOptions } from './options.js';
import { Player } from './player/player.js';
import { Recording } from './recording.js';
import { EXIT, StationError } from './station-error.js';
import { Thru } from './thru/thru.js';

const HEALTH_MS = 3_000;
const CLOCK_CHECK_MS = 500;
/** A keyboard that plays by itself ends the station once it has been the visitor's turn for so long after its last note. */
const QUIET_MS = 1_500;
const FIRST_CONNECTION_MS = 15_000;

export interface StationEnd {
  answeredNotes: number;
}

export interface StationParts {
  keyboard: Keyboard;
  /** Where MIDI clock comes in; null where it is the keyboard. */
  clockIn: Keyboard | null;
  data: DataFolder;
  logger: Logger;
}

export class Station {
  readonly #options: StationOptions;
  readonly #keyboard: Keyboard;
  readonly #logger: Logger;
  readonly #client: StationClient;
  readonly #player: Player;
  readonly #thru: Thru | null;
  readonly #recording = new Recording();
  readonly #lights: Lights;
  readonly #clockListener: ClockListener;
  readonly #clockIn: Keyboard | null;
  readonly #timers: NodeJS.Timeout[] = [];
  #status: KeyboardStatus = { status: 'missing', reason: 'not opened yet' };
  #turn: 'visitor' | 'listening' | 'machine' | 'together' = 'visitor';
  #endedMs: number | null = null;
  #finish: ((outcome: StationError | null) => void) | null = null;
  #opened = false;
  #notesPlayed = 0;

  constructor(options: StationOptions, parts: StationParts) {
    const { keyboard, clockIn, data, logger } = parts;
    this.#options = options;
    this.#keyboard = keyboard;
    this.#lights = new Lights((light) => keyboard.show(light));
    this.#clockIn = clockIn;
    this.#clockListener = new ClockListener((pulse) => this.#tellClock(pulse));
    this.#logger = logger;
    this.#player = new Player({
      onPlayed: (events) => this.#report(events),
      onOutput: (name, problem) => {
        if (problem) logger.warn(`answers cannot be heard here: ${problem}`);
        else if (name) logger.info(`answers sound on ${name}`);
      },
    });
    this.#thru = passesThru(options)
      ? new Thru((problem) => logger.warn(`notes are not passed through: ${problem}`))
      : null;
    this.#client = new StationClient({
      socket: openSocket(options.server, (reason) =>
        logger.warn(`${options.server} cannot be reached (${reason}); trying again until it can`),
      ),
      identity: () => ({
        token: options.token,
        stationId: data.stationId,
        kind: 'hardware',
        name: options.name,
      }),
      store: openJournal(data.path, (problem) =>
        logger.warn(
          `the journal cannot be written: ${problem}; notes not yet sent would be lost in a power cut`,
        ),
      ),
      nowMs: machineMs,
      capabilities: ['plans', 'turn', 'lights', ...(options.clockOut ? (['clockOut'] as const) : [])],
      handlers: {
        welcome: ({ boothMs, mode, turn, plan }) => {
          logger.info(`connected to ${options.server}; mode: ${mode.title}`);
          this.#turn = turn;
          if (this.#client.clock.offsetMs === null) this.#player.clock(boothMs - machineMs()); // rough, until asked
          this.#player.join(plan);
          this.#clockListener.repeat();
          this.#reportHealth();
        },
        clock: ({ offsetMs, samples }) => {
          if (offsetMs !== null) this.#player.clock(offsetMs);
          if (samples.length >= 4) void this.#openKeyboard(); // booth time is known well enough to time notes by
        },
        plan: (plan) => this.#player.plan(plan),
        turn: ({ turn }) => {
          this.#turn = turn;
          if (this.#endedMs !== null) this.#endedMs = machineMs();
        },
        mode: ({ title }) => logger.info(`mode: ${title}`),
        beat: ({ pulse }) => this.#player.beat(pulse),
        actions: () => {},
        controls: (map) => this.#lights.keep(map),
        light: (light) => this.#lights.light(light),
        panic: () => {
          logger.warn('panic: all sound is stopped');
          this.#player.panic();
        },
        hush: () => {
          logger.warn('panic at the station: all sound is stopped');
          this.#player.hush();
        },
        offline: () => logger.warn('the server is out of reach; notes are kept and sent when it is back'),
        refused: ({ reason, message, retrying }) => {
          logger.warn(`the server refuses this station (${reason}): ${message}`);
          if (!retrying) this.#finish?.(new StationError(message, EXIT.refused));
        },
      },
    });
  }

  /** Runs until it is stopped, is refused for good, or its keyboard has played to its end and was answered. Throws StationError. */
  async run(stopped: AbortSignal): Promise<StationEnd> {
    this.#timers.push(
      setInterval(() => this.#reportHealth(), HEALTH_MS),
      setInterval(() => this.#endWhenAnswered(), 100),
      setInterval(() => this.#clockListener.check(machineMs()), CLOCK_CHECK_MS),
      setTimeout(
        () => {
          if (!this.#client.online)
            this.#logger.warn(`no answer from ${this.#options.server} yet; is the booth running there?`);
          if (!this.#options.midiFile) void this.#openKeyboard(); // visitors may play before the server is there
        },
        this.#options.midiFile ? FIRST_CONNECTION_MS : 1_000,
      ),
    );
    const outcome = await new Promise<StationError | null>((resolve) => {
      this.#finish = resolve;
      stopped.addEventListener('abort', () => resolve(null), { once: true });
    });
    for (const timer of this.#timers) clearInterval(timer);
    this.#keyboard.close();
    this.#clockIn?.close();
    await Promise.all([this.#player.close(), this.#thru?.close()]);
    await new Promise((resolve) => setTimeout(resolve, 200)); // the last acknowledgements
    this.#client.close();
    if (outcome) throw outcome;
    if (this.#options.out) this.#recording.write(this.#options.out);
    return { answeredNotes: this.#notesPlayed };
  }

  async #openKeyboard(): Promise<void> {
    if (this.#opened) return;
    this.#opened = true;
    await this.#player.ready;
    this.#keyboard.open({
      onEvent: (event) => this.#played(event),
      onClock: (message) => {
        if (!this.#clockIn) this.#clockListener.hear(message);
      },
      onStatus: (status) => this.#statusChanged(status),
      onInput: (input) => this.#thru?.connect({ input }),
      onOutput: (port) => {
        this.#player.output(port);
        this.#thru?.connect({ output: port });
      },
      onEnd: () => {
        this.#logger.info('the file has been played');
        this.#endedMs = machineMs();
      },
    });
    this.#clockIn?.open({
      onEvent: () => {},
      onClock: (message) => this.#clockListener.hear(message),
      onStatus: (status) =>
        this.#logger.info(`MIDI clock: ${status.status === 'connected' ? status.name : status.reason}`),
      onInput: () => {},
      onOutput: () => {},
      onEnd: () => {},
    });
  }

  #tellClock(pulse: Pulse | null): void {
    const { offsetMs } = this.#client.clock;
    if (offsetMs === null) return;
    this.#client.clockHeard(pulse && { ...pulse, originMs: pulse.originMs + offsetMs });
  }

  #played(event: KeyEvent): void {
    if (event.type === 'noteOn') this.#player.giveWay();
    this.#report([
      { ...event, atMs: event.atMs + (this.#client.clock.offsetMs ?? 0), player: 'visitor', voice: 'melody' },
    ]);
  }

  #report(events: PlayedEvent[]): void {
    if (events.length === 0) return;
    this.#recording.take(events);
    this.#notesPlayed += events.filter(
      ({ player, type }) => player === 'machine' && type === 'noteOn',
    ).length;
    if (this.#endedMs !== null) this.#endedMs = machineMs();
    this.#client.report(events);
  }

  #statusChanged(status: KeyboardStatus): void {
    this.#status = status;
    if (status.status === 'connected') {
      this.#logger.info(`keyboard: ${status.name}`);
      this.#lights.showAll();
    } else this.#logger.warn(`keyboard: ${status.reason}`);
    this.#reportHealth();
  }

  #reportHealth(): void {
    this.#client.health({ keyboard: this.#status, latenessP99Ms: this.#player.takeLatenessP99() });
  }

  #endWhenAnswered(): void {
    if (this.#endedMs === null || this.#turn !== 'visitor') return;
    if (machineMs() - this.#endedMs > QUIET_MS) this.#finish?.(null);
  }
}

/** A keyboard makes its own sound; only another port needs to be told. */
function passesThru({ thru, outPort }: StationOptions): boolean {
  return thru === 'auto' ? outPort !== null : thru === 'on';
}

/** `onUnreachable` is told once in each absence of the server, not at every try. */
function openSocket(server: string, onUnreachable: (reason: string) => void): Socket {
  const socket = io(server, {
    transports: ['websocket'],
    forceNew: true,
    reconnectionDelay: 250,
    reconnectionDelayMax: 3_000,
  });
  let welcomed = false;
  let said = false;
  const tell = (reason: string) => {
    if (!said) onUnreachable(reason);
    said = true;
  };
  socket.on('welcome', () => {
    welcomed = true;
    said = false;
  });
  socket.on('refused', () => {
    said = true; // the refusal itself is told
  });
  socket.on('connect_error', (error: Error & { description?: { message?: string } }) =>
    tell(error.description?.message || error.message),
  );
  socket.on('disconnect', () => {
    if (!welcomed) tell('it hangs up without an answer; its log may say why');
    welcomed = false;
  });
  return socket;
}
