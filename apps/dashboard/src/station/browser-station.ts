/** A station in a browser tab: plays at once what the visitor plays, plays the machine's plans on booth time, reports both. */
import type { KeyEvent, PlayedEvent, Voice } from '@antiphon/core/music';
import {
  advance,
  type ClockEstimate,
  clockIntervalMs,
  idleScheduler,
  observeClock,
  type PlayerAction,
  type SchedulerState,
  silence,
  takePlan,
  unknownClock,
} from '@antiphon/core/timing';
import {
  PROTOCOL_VERSION,
  type Refused,
  type ServerToStation,
  type StationToServer,
  type TurnChange,
} from '@antiphon/protocol';
import { io, type Socket } from 'socket.io-client';
import type { RollNote } from '../roll/geometry';
import type { Instrument, Sampler } from '../sound/sampler';
import { becomeAnotherStation, loadRun, type Run, saveRun, stationId } from './identity';

export type Link =
  | { status: 'connecting' }
  | { status: 'online' }
  | { status: 'refused'; reason: Refused['reason']; message: string };

/** What the page shows. */
export interface StationState {
  link: Link;
  name: string;
  modeTitle: string;
  turn: TurnChange['turn'];
}

/** Notes are handed to the audio clock this long before they sound. */
const LOOKAHEAD_MS = 80;
const TICK_MS = 20;
const HEALTH_MS = 3_000;
/** The roll forgets notes that ended longer ago than this. */
const MEMORY_MS = 20_000;

const INSTRUMENT: Record<Voice, Instrument> = {
  melody: 'vibraphone',
  chords: 'piano',
  bass: 'piano',
  click: 'piano',
};

export class BrowserStation {
  readonly #socket: Socket<ServerToStation, StationToServer>;
  readonly #sampler: Sampler;
  readonly #onChange: () => void;
  readonly #run: Run = loadRun();
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #stationId = stationId();
  #state: StationState = { link: { status: 'connecting' }, name: '', modeTitle: '', turn: 'visitor' };
  #clock: ClockEstimate = unknownClock;
  #exchanges = 0;
  #clockTimer: ReturnType<typeof setTimeout> | undefined;
  #scheduler: SchedulerState = idleScheduler;
  #held = new Map<number, RollNote>();
  #played: RollNote[] = [];

  constructor({ token, sampler, onChange }: { token: string; sampler: Sampler; onChange: () => void }) {
    this.#sampler = sampler;
    this.#onChange = onChange;
    this.#socket = io({ transports: ['websocket'], reconnectionDelay: 250, reconnectionDelayMax: 2_000 });
    this.#socket.on('connect', () =>
      this.#socket.emit('hello', {
        version: PROTOCOL_VERSION,
        capabilities: ['plans', 'turn'],
        token,
        stationId: this.#stationId,
        kind: 'browser',
        name: 'Browser',
        runId: this.#run.runId,
      }),
    );
    this.#socket.on('welcome', ({ name, mode, turn, plan }) => {
      this.#update({ link: { status: 'online' }, name, modeTitle: mode.title, turn });
      this.#scheduler = takePlan(this.#scheduler, plan);
      for (const chunk of this.#run.waiting) this.#send(chunk);
      this.#exchanges = 0;
      void this.#askClock();
      this.#reportHealth();
    });
    this.#socket.on('refused', (refused) => this.#refused(refused));
    this.#socket.on('plan', (plan) => {
      this.#scheduler = takePlan(this.#scheduler, plan);
    });
    this.#socket.on('turn', ({ turn }) => this.#update({ turn }));
    this.#socket.on('mode', ({ title }) => this.#update({ modeTitle: title }));
    this.#socket.on('panic', () => this.panic());
    this.#socket.on('disconnect', () => {
      clearTimeout(this.#clockTimer);
      if (this.#state.link.status === 'online') this.#update({ link: { status: 'connecting' } });
    });
    this.#timers.push(
      setInterval(() => this.#playDue(), TICK_MS),
      setInterval(() => this.#reportHealth(), HEALTH_MS),
    );
  }

  get state(): StationState {
    return this.#state;
  }

  /** Booth time, or this machine's own until the first exchange. */
  boothMs(): number {
    return performance.now() + (this.#clock.offsetMs ?? 0);
  }

  press(pitch: number, velocity: number): void {
    const atMs = this.boothMs();
    this.#sampler.press('piano', pitch, velocity, 0);
    this.#held.set(pitch, {
      player: 'visitor',
      planned: false,
      pitch,
      velocity,
      onsetMs: atMs,
      durationMs: 0,
    });
    this.#report([{ player: 'visitor', voice: 'melody', type: 'noteOn', pitch, velocity, atMs }]);
    this.#onChange();
  }

  release(pitch: number): void {
    const note = this.#held.get(pitch);
    if (!note) return;
    const atMs = this.boothMs();
    this.#sampler.release('piano', pitch, 0);
    this.#held.delete(pitch);
    this.#played.push({ ...note, durationMs: atMs - note.onsetMs });
    this.#report([{ player: 'visitor', voice: 'melody', type: 'noteOff', pitch, atMs }]);
    this.#onChange();
  }

  releaseAll(): void {
    for (const pitch of [...this.#held.keys()]) this.release(pitch);
  }

  /** Silence at once, whatever the server thinks. */
  panic(): void {
    const { state, actions } = silence(this.#scheduler, this.boothMs());
    this.#scheduler = state;
    this.releaseAll();
    this.#sampler.silence();
    this.#report(actions.map(reportOf));
    this.#onChange();
  }

  /** Everything that sounded lately, sounds or is about to. */
  notes(): RollNote[] {
    const nowMs = this.boothMs();
    this.#played = this.#played.filter((note) => note.onsetMs + note.durationMs > nowMs - MEMORY_MS);
    return [
      ...this.#played,
      ...[...this.#held.values()].map((note) => ({ ...note, durationMs: nowMs - note.onsetMs })),
      ...this.#scheduler.plan.notes.map((note) => ({ ...note, player: 'machine' as const, planned: true })),
    ];
  }

  /** Who holds which key. */
  down(): Map<number, 'visitor' | 'machine'> {
    const nowMs = this.boothMs();
    const down = new Map<number, 'visitor' | 'machine'>();
    for (const note of this.#played)
      if (note.player === 'machine' && note.onsetMs <= nowMs && note.onsetMs + note.durationMs > nowMs)
        down.set(note.pitch, 'machine');
    for (const pitch of this.#held.keys()) down.set(pitch, 'visitor');
    return down;
  }

  close(): void {
    this.panic();
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#clockTimer);
    this.#socket.disconnect();
  }

  #refused({ reason, message }: Refused): void {
    if (reason === 'badMessage' && this.#state.link.status === 'online') return; // one message was lost, not the connection
    if (reason === 'stationTaken') this.#stationId = becomeAnotherStation();
    const again = reason === 'stationTaken' || reason === 'serverStopping';
    this.#update({ link: again ? { status: 'connecting' } : { status: 'refused', reason, message } });
    if (again) setTimeout(() => this.#socket.connect(), 500);
    else this.#socket.disconnect();
  }

  async #askClock(): Promise<void> {
    const sentMs = performance.now();
    const answer = await this.#socket
      .timeout(2_000)
      .emitWithAck('clock', { sentMs })
      .catch(() => null);
    if (answer)
      this.#clock = observeClock(this.#clock, {
        sentMs,
        boothMs: answer.boothMs,
        receivedMs: performance.now(),
      });
    if (this.#socket.connected)
      this.#clockTimer = setTimeout(() => void this.#askClock(), clockIntervalMs(this.#exchanges++));
  }

  #playDue(): void {
    const { state, actions } = advance(this.#scheduler, this.boothMs() + LOOKAHEAD_MS);
    const before = this.#scheduler.plan.notes;
    this.#scheduler = state;
    if (actions.length === 0) return;
    for (const action of actions) {
      const atSeconds = this.#sampler.secondsAt(action.atMs - (this.#clock.offsetMs ?? 0));
      const instrument = INSTRUMENT[action.voice];
      if (action.type === 'noteOff') this.#sampler.release(instrument, action.pitch, atSeconds);
      else {
        this.#sampler.press(instrument, action.pitch, action.velocity, atSeconds);
        const note = before.find(({ onsetMs, pitch }) => onsetMs === action.atMs && pitch === action.pitch);
        if (note) this.#played.push({ ...note, player: 'machine', planned: false });
      }
    }
    this.#report(actions.map(reportOf));
    this.#onChange();
  }

  #report(events: PlayedEvent[]): void {
    if (events.length === 0) return;
    const chunk = { sequence: ++this.#run.sequence, events };
    this.#run.waiting.push(chunk);
    saveRun(this.#run);
    if (this.#state.link.status === 'online') this.#send(chunk);
  }

  #send(chunk: Run['waiting'][number]): void {
    this.#socket.emit('played', chunk, (answer) => {
      if (!answer.ok) {
        setTimeout(() => this.#state.link.status === 'online' && this.#send(chunk), 2_000);
        return;
      }
      this.#run.waiting = this.#run.waiting.filter(({ sequence }) => sequence !== answer.sequence);
      saveRun(this.#run);
    });
  }

  #reportHealth(): void {
    if (this.#state.link.status !== 'online') return;
    const { uncertaintyMs } = this.#clock;
    this.#socket.emit('health', {
      keyboard: { status: 'connected', name: 'on screen' },
      clockUncertaintyMs: uncertaintyMs,
      roundTripMs: uncertaintyMs === null ? null : 2 * uncertaintyMs,
      latenessP99Ms: null,
    });
  }

  #update(changes: Partial<StationState>): void {
    this.#state = { ...this.#state, ...changes };
    this.#onChange();
  }
}

function reportOf(action: PlayerAction): PlayedEvent {
  const { type, voice, pitch, atMs } = action;
  const event: KeyEvent =
    action.type === 'noteOn'
      ? { type: 'noteOn', pitch, velocity: action.velocity, atMs }
      : { type: 'noteOff', pitch, atMs };
  return { ...event, type, player: 'machine', voice } as PlayedEvent;
}
