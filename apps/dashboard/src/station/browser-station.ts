/** A station in a browser tab: plays at once what the visitor plays, plays the machine's plans on booth time, reports both. */
import type { KeyEvent, PlayedEvent, Voice } from '@antiphon/core/music';
import {
  advance,
  idleScheduler,
  joinPlan,
  type PlayerAction,
  type SchedulerState,
  silence,
  takePlan,
} from '@antiphon/core/timing';
import { type Refused, StationClient, type TurnChange } from '@antiphon/protocol';
import { io } from 'socket.io-client';
import type { RollNote } from '../roll/geometry';
import type { Instrument, Sampler } from '../sound/sampler';
import { becomeAnotherStation, createPlayedStore, stationId } from './identity';

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
  readonly #client: StationClient;
  readonly #sampler: Sampler;
  readonly #onChange: () => void;
  readonly #timers: ReturnType<typeof setInterval>[];
  #stationId = stationId();
  #state: StationState = { link: { status: 'connecting' }, name: '', modeTitle: '', turn: 'visitor' };
  #scheduler: SchedulerState = idleScheduler;
  #held = new Map<number, RollNote>();
  #played: RollNote[] = [];

  constructor({ token, sampler, onChange }: { token: string; sampler: Sampler; onChange: () => void }) {
    this.#sampler = sampler;
    this.#onChange = onChange;
    this.#client = new StationClient({
      socket: io({ transports: ['websocket'], reconnectionDelay: 250, reconnectionDelayMax: 2_000 }),
      identity: () => ({
        token,
        stationId: this.#stationId,
        kind: 'browser',
        name: `Browser ${this.#stationId.slice(0, 4)}`,
      }),
      store: createPlayedStore(),
      nowMs: () => performance.now(),
      handlers: {
        welcome: ({ name, mode, turn, plan }) => {
          this.#update({ link: { status: 'online' }, name, modeTitle: mode.title, turn });
          this.#scheduler = joinPlan(this.#scheduler, plan);
          this.#reportHealth();
        },
        refused: ({ reason, message, retrying }) => {
          if (reason === 'stationTaken') this.#stationId = becomeAnotherStation();
          this.#update({
            link: retrying ? { status: 'connecting' } : { status: 'refused', reason, message },
          });
        },
        offline: () => this.#update({ link: { status: 'connecting' } }),
        plan: (plan) => {
          this.#scheduler = takePlan(this.#scheduler, plan);
        },
        turn: ({ turn }) => this.#update({ turn }),
        mode: ({ title }) => this.#update({ modeTitle: title }),
        panic: () => this.panic(),
        clock: () => {},
      },
    });
    this.#timers = [
      setInterval(() => this.#playDue(), TICK_MS),
      setInterval(() => this.#reportHealth(), HEALTH_MS),
    ];
  }

  get state(): StationState {
    return this.#state;
  }

  boothMs(): number {
    return this.#client.boothMs();
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
    this.#client.report([{ player: 'visitor', voice: 'melody', type: 'noteOn', pitch, velocity, atMs }]);
    this.#onChange();
  }

  release(pitch: number): void {
    const note = this.#held.get(pitch);
    if (!note) return;
    const atMs = this.boothMs();
    this.#sampler.release('piano', pitch, 0);
    this.#held.delete(pitch);
    this.#played.push({ ...note, durationMs: atMs - note.onsetMs });
    this.#client.report([{ player: 'visitor', voice: 'melody', type: 'noteOff', pitch, atMs }]);
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
    this.#client.report(actions.map(reportOf));
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
    this.#client.close();
  }

  #playDue(): void {
    const { state, actions } = advance(this.#scheduler, this.boothMs() + LOOKAHEAD_MS);
    const before = this.#scheduler.plan.notes;
    this.#scheduler = state;
    if (actions.length === 0) return;
    for (const action of actions) {
      const atSeconds = this.#sampler.secondsAt(action.atMs - (this.#client.clock.offsetMs ?? 0));
      const instrument = INSTRUMENT[action.voice];
      if (action.type === 'noteOff') this.#sampler.release(instrument, action.pitch, atSeconds);
      else {
        this.#sampler.press(instrument, action.pitch, action.velocity, atSeconds);
        const note = before.find(({ onsetMs, pitch }) => onsetMs === action.atMs && pitch === action.pitch);
        if (note) this.#played.push({ ...note, player: 'machine', planned: false });
      }
    }
    this.#client.report(actions.map(reportOf));
    this.#onChange();
  }

  #reportHealth(): void {
    this.#client.health({ keyboard: { status: 'connected', name: 'on screen' }, latenessP99Ms: null });
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
