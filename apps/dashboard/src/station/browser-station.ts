/** A station in a browser tab: plays at once what the visitor plays, plays the machine's plans on booth time, reports both. */
import type { Action } from '@antiphon/core/controls';
import type { KeyEvent, PlayedEvent, Player } from '@antiphon/core/music';
import { isOfDuet, type PlayerAction, type SoundingNote } from '@antiphon/core/timing';
import { type ActionOffer, type Refused, StationClient, type TurnChange } from '@antiphon/protocol';
import { io } from 'socket.io-client';
import type { RollNote } from '../roll/geometry';
import { RollMemory } from '../roll/roll-memory';
import type { Sampler } from '../sound/sampler';
import { MachinePart } from './machine-part';
import type { Run } from './run';
import { type VisitorKey, VisitorPart } from './visitor-part';

export type Link =
  | { status: 'connecting' }
  | { status: 'online' }
  | { status: 'refused'; reason: Refused['reason']; message: string };

/** What the page shows; a new object whenever something in it changes. */
export interface StationState {
  link: Link;
  name: string;
  modeTitle: string;
  turn: TurnChange['turn'];
  /** What can be asked of the machine. */
  offer: ActionOffer;
  /** Who holds which key. */
  down: ReadonlyMap<number, Player>;
  /** Nothing was played lately, nor is about to be. */
  quiet: boolean;
}

const TICK_MS = 20;
const HEALTH_MS = 3_000;

const NO_OFFER: ActionOffer = { actions: [], switches: [] };

export const unopenedStation: StationState = {
  link: { status: 'connecting' },
  name: '',
  modeTitle: '',
  turn: 'visitor',
  offer: NO_OFFER,
  down: new Map(),
  quiet: true,
};

export class BrowserStation {
  readonly #client: StationClient;
  readonly #sampler: Sampler;
  readonly #visitor: VisitorPart;
  readonly #machine: MachinePart;
  readonly #memory = new RollMemory();
  readonly #listeners = new Set<() => void>();
  readonly #timers: ReturnType<typeof setInterval>[];
  #state: StationState = unopenedStation;
  #keyboards: string[] = [];
  /** Played before booth time was known; in this machine's time. */
  #early: PlayedEvent[] = [];

  constructor({ token, run, sampler }: { token: string; run: Run; sampler: Sampler }) {
    this.#sampler = sampler;
    this.#visitor = new VisitorPart(sampler, (event) => this.#visitorPlayed(event));
    this.#machine = new MachinePart(sampler, (actions, sounding) => this.#machinePlayed(actions, sounding));
    this.#client = new StationClient({
      socket: io({ transports: ['websocket'], reconnectionDelay: 250, reconnectionDelayMax: 2_000 }),
      identity: () => ({
        token,
        stationId: run.stationId,
        kind: 'browser',
        name: `Browser ${run.stationId.slice(0, 4)}`,
      }),
      store: run.store,
      nowMs: () => performance.now(),
      capabilities: ['plans', 'turn', 'actions'],
      handlers: {
        welcome: ({ name, mode, turn, plan }) => {
          this.#update({ link: { status: 'online' }, name, modeTitle: mode.title, turn });
          this.#machine.join(plan);
          this.#reportHealth();
        },
        refused: ({ reason, message, retrying }) => {
          if (reason === 'stationTaken') run.becomeAnotherStation();
          this.#update({
            link: retrying ? { status: 'connecting' } : { status: 'refused', reason, message },
          });
        },
        offline: () => this.#update({ link: { status: 'connecting' }, offer: NO_OFFER }),
        plan: (plan) => this.#machine.take(plan),
        controls: () => {},
        light: () => {},
        beat: () => {},
        actions: (offer) => this.#update({ offer }),
        turn: ({ turn }) => this.#update({ turn: this.#machine.hushed ? 'visitor' : turn }),
        mode: ({ title }) => this.#update({ modeTitle: title }),
        panic: () => this.panic(),
        hush: () => this.panic(),
        clock: () => this.#reportEarly(),
      },
    });
    this.#timers = [
      setInterval(() => this.#tick(), TICK_MS),
      setInterval(() => this.#reportHealth(), HEALTH_MS),
    ];
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): StationState => this.#state;

  /** Times are this machine's, ms. */
  press(key: VisitorKey, velocity: number, atMs: number): void {
    this.#sampler.unlock();
    this.#giveWay();
    this.#visitor.press(key, velocity, atMs);
  }

  release(key: VisitorKey, atMs: number): void {
    this.#visitor.release(key, atMs);
  }

  pedal(value: number, atMs: number): void {
    this.#visitor.pedal(value, atMs);
  }

  releaseAll(): void {
    this.#visitor.releaseAll(performance.now());
  }

  /** Asks something of the machine, which is to be heard again if it was silenced. */
  act(action: Action): void {
    this.#sampler.unlock();
    this.#giveWay();
    this.#client.act(action);
  }

  /** Silence at once, whatever the server thinks; the machine is heard again after the visitor's next note. */
  panic(): void {
    this.releaseAll();
    this.#machine.hush(performance.now() + (this.#client.clock.offsetMs ?? 0));
    this.#sampler.silence();
    this.#update({ turn: 'visitor' });
  }

  /** MIDI keyboards that can be played here. */
  keyboards(names: string[]): void {
    this.#keyboards = names;
    this.#reportHealth();
  }

  /** Everything that sounded lately, sounds or is about to. Times are this machine's. */
  notes(nowMs: number): RollNote[] {
    const { offsetMs } = this.#client.clock;
    const planned = this.#machine.music.map((note) => ({
      ...note,
      onsetMs: note.onsetMs - (offsetMs ?? 0),
      player: 'machine' as const,
      planned: true,
    }));
    return [...this.#memory.notes(nowMs), ...(offsetMs === null ? [] : planned)];
  }

  close(): void {
    this.panic();
    for (const timer of this.#timers) clearInterval(timer);
    this.#client.close();
  }

  #giveWay(): void {
    this.#machine.giveWay(performance.now(), this.#client.clock.offsetMs ?? 0);
  }

  #tick(): void {
    const nowMs = performance.now();
    const { offsetMs } = this.#client.clock;
    this.#sampler.secondsAt(nowMs);
    if (offsetMs !== null) this.#machine.playDue(nowMs, offsetMs);
    const down = this.#memory.down(nowMs);
    const quiet = this.#memory.isEmpty && this.#machine.music.length === 0;
    if (quiet !== this.#state.quiet || !sameKeys(down, this.#state.down)) this.#update({ down, quiet });
  }

  #visitorPlayed(event: KeyEvent): void {
    const key = { player: 'visitor', voice: 'melody' } as const;
    if (event.type === 'noteOn')
      this.#memory.press(
        { ...key, pitch: event.pitch },
        { velocity: event.velocity, onsetMs: event.atMs, endMs: null },
      );
    else if (event.type === 'noteOff') this.#memory.release({ ...key, pitch: event.pitch }, event.atMs);
    this.#update({ down: this.#memory.down(performance.now()) });
    const { offsetMs } = this.#client.clock;
    const played: PlayedEvent = { ...event, ...key };
    if (offsetMs === null) this.#early.push(played);
    else this.#client.report([{ ...played, atMs: played.atMs + offsetMs }]);
  }

  #reportEarly(): void {
    const offsetMs = this.#client.clock.offsetMs ?? 0;
    const early = this.#early.splice(0);
    this.#client.report(early.map((event) => ({ ...event, atMs: event.atMs + offsetMs })));
  }

  #machinePlayed(played: PlayerAction[], sounding: readonly SoundingNote[]): void {
    const actions = played.filter(({ voice }) => voice !== 'click');
    if (actions.length === 0) return;
    const offsetMs = this.#client.clock.offsetMs ?? 0;
    for (const action of actions) {
      const key = { player: 'machine', voice: action.voice, pitch: action.pitch } as const;
      const onsetMs = action.atMs - offsetMs;
      if (action.type === 'noteOff') this.#memory.release(key, onsetMs);
      else {
        const end = sounding.find(({ voice, pitch }) => voice === key.voice && pitch === key.pitch);
        this.#memory.press(key, {
          velocity: action.velocity,
          onsetMs,
          endMs: end ? end.offMs - offsetMs : null,
        });
      }
    }
    this.#client.report(actions.filter(isOfDuet).map((action) => ({ ...action, player: 'machine' })));
  }

  #reportHealth(): void {
    this.#client.health({
      keyboard: { status: 'connected', name: ['on screen', ...this.#keyboards].join(', ').slice(0, 200) },
      latenessP99Ms: this.#machine.takeLatenessP99(),
    });
  }

  #update(changes: Partial<StationState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const listener of this.#listeners) listener();
  }
}

function sameKeys(a: ReadonlyMap<number, Player>, b: ReadonlyMap<number, Player>): boolean {
  return a.size === b.size && [...a].every(([pitch, player]) => b.get(pitch) === player);
}
