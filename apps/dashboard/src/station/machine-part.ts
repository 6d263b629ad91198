/** What the machine plays at this station: takes plans and hands their notes to the audio clock just before they are due. */
import type { VoicedNote } from '@antiphon/core/music';
import {
  advance,
  giveWay,
  hush,
  idleScheduler,
  joinPlan,
  type Plan,
  type PlayerAction,
  type SchedulerState,
  type SoundingNote,
  takePlan,
} from '@antiphon/core/timing';
import { instrumentOf } from '../sound/instrument';
import type { Sampler } from '../sound/sampler';

/** Notes are handed over this long before they sound. */
const LOOKAHEAD_MS = 80;

/** Told what has been handed to the audio clock, and what sounds then. Booth time. */
export type MachinePlayed = (actions: PlayerAction[], sounding: readonly SoundingNote[]) => void;

export class MachinePart {
  readonly #sampler: Pick<Sampler, 'press' | 'release' | 'secondsAt'>;
  readonly #onPlayed: MachinePlayed;
  #scheduler: SchedulerState = idleScheduler;
  #latenessMs: number[] = [];

  constructor(sampler: Pick<Sampler, 'press' | 'release' | 'secondsAt'>, onPlayed: MachinePlayed) {
    this.#sampler = sampler;
    this.#onPlayed = onPlayed;
  }

  get hushed(): boolean {
    return this.#scheduler.hushed;
  }

  /** What it is going to play, without the metronome; onsets in booth time. */
  get music(): VoicedNote[] {
    return this.#scheduler.plan.notes.filter(({ voice }) => voice !== 'click');
  }

  take(plan: Plan): void {
    this.#scheduler = takePlan(this.#scheduler, plan);
  }

  /** At every welcome: the server may have been started anew. */
  join(plan: Plan): void {
    this.#scheduler = joinPlan(this.#scheduler, plan);
  }

  /** `offsetMs`: booth time minus this machine's. */
  playDue(nowMs: number, offsetMs: number): void {
    const boothMs = nowMs + offsetMs;
    const late = advance(this.#scheduler, boothMs); // first, so that looking ahead makes none of them too late
    const { state, actions: ahead } = advance(late.state, boothMs + LOOKAHEAD_MS);
    this.#scheduler = state;
    this.#perform([...late.actions, ...ahead], nowMs, offsetMs);
  }

  #perform(actions: PlayerAction[], nowMs: number, offsetMs: number): void {
    const boothMs = nowMs + offsetMs;
    for (const action of actions) {
      const atSeconds = this.#sampler.secondsAt(action.atMs - offsetMs);
      const { voice: part, pitch } = action;
      if (action.type === 'noteOff') this.#sampler.release(part, pitch, atSeconds);
      else {
        const { velocity } = action;
        this.#sampler.press({ part, instrument: instrumentOf('machine', part), pitch, velocity }, atSeconds);
        this.#latenessMs.push(Math.max(0, boothMs - action.atMs));
      }
    }
    if (actions.length > 0) this.#onPlayed(actions, this.#scheduler.sounding);
  }

  /** Stops for good what is planned, also what is still on its way, until the visitor plays again. */
  hush(boothMs: number): void {
    const { state, actions } = hush(this.#scheduler, boothMs);
    this.#scheduler = state;
    if (actions.length > 0) this.#onPlayed(actions, state.sounding);
  }

  /** The visitor plays: what was played to an empty room stops, and a machine that was hushed is heard again. */
  giveWay(nowMs: number, offsetMs: number): void {
    const { state, actions } = giveWay(this.#scheduler, nowMs + offsetMs);
    this.#scheduler = state;
    this.#perform(actions, nowMs, offsetMs);
  }

  /** Of the notes since the last time it was asked; null without any. */
  takeLatenessP99(): number | null {
    const sorted = this.#latenessMs.sort((a, b) => a - b);
    this.#latenessMs = [];
    return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? null;
  }
}
