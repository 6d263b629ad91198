/** A station as the server knows it: what it is, how it is, and the session under way. */
import type { Memories } from '@antiphon/core/modes';
import type { KeyEvent, Metre, PlayedEvent, Player, VoicedNote } from '@antiphon/core/music';
import { emptyPlan, type Plan, type Pulse, pulseOfTaps, type Taps, tap } from '@antiphon/core/timing';
import type {
  Capability,
  Health,
  ModeAssignment,
  ServerToStation,
  StationKind,
  StationView,
} from '@antiphon/protocol';
import type { Session } from '../sessions/session.js';
import type { Controls } from './controls.js';
import { Remarks } from './remarks.js';

/** What is told of a moment comes this much later. */
const SETTLE_MS = 300;

/** The connection a station speaks through. */
export interface StationLink {
  runId: string;
  sinceMs: number;
  capabilities: Capability[];
  send<Name extends keyof ServerToStation>(name: Name, message: Parameters<ServerToStation[Name]>[0]): void;
  close(): void;
}

export interface ActiveSession {
  session: Session;
  /** Resolves when the session is in the database. */
  saved: Promise<void>;
  /** What the session's record says is played. */
  part: Assignment;
  /** When either player was last heard. */
  lastHeardMs: number;
  /** When somebody last played, pressed or turned something. */
  attendedMs: number;
  notes: number;
}

/** A mode, its parameters and the model it plays with, complete and valid. */
export type Assignment = ModeAssignment & { model: string };

export interface StationIdentity {
  id: string;
  name: string;
  kind: StationKind;
  assignment: Assignment;
  controls: Controls;
  lastSeenAt: Date | null;
}

export class Station {
  readonly id: string;
  name: string;
  kind: StationKind;
  assignment: Assignment;
  readonly controls: Controls;
  lastSeenAt: Date | null;
  link: StationLink | null = null;
  health: Health | null = null;
  active: ActiveSession | null = null;
  /** The plan in force, also after its session has ended: revisions go on rising. */
  plan: Plan = emptyPlan;
  readonly remarks = new Remarks();
  /** What its last session handed on. */
  memories: Memories = {};
  /** The beat of the MIDI clock that comes into it. */
  clockPulse: Pulse | null = null;
  /** The beat that was tapped last; it stays from one visitor to the next. */
  tappedPulse: Pulse | null = null;
  #taps: Taps = [];
  #lastNote: { player: Player; pitch: number; at: string } | null = null;
  /** Chunks heard so far in each run of the station, so that one sent twice is heard once. */
  readonly #heard = new Map<string, number>();

  constructor({ id, name, kind, assignment, controls, lastSeenAt }: StationIdentity) {
    this.id = id;
    this.name = name;
    this.kind = kind;
    this.assignment = assignment;
    this.controls = controls;
    this.lastSeenAt = lastSeenAt;
  }

  tap(atMs: number): void {
    this.#taps = tap(this.#taps, atMs);
    this.tappedPulse = pulseOfTaps(this.#taps, this.assignment.params.metre as Metre) ?? this.tappedPulse;
  }

  /** When somebody or something last played here. */
  quietSinceMs = 0;
  /** What the machine plays then answers nobody, and is not recorded. */
  #alone = { fromMs: 0, untilMs: 0 };
  /** Notes of it that the station has told of, and that still sound. */
  readonly #aloneSounding = new Set<string>();

  playsAlone(atMs: number): boolean {
    return atMs >= this.#alone.fromMs && atMs <= this.#alone.untilMs;
  }

  /** Plays to an empty room. */
  playAlone(notes: VoicedNote[], nowMs: number): void {
    const endMs = Math.max(nowMs, ...notes.map(({ onsetMs, durationMs }) => onsetMs + durationMs));
    this.#alone = { fromMs: nowMs, untilMs: endMs + SETTLE_MS };
    this.quietSinceMs = endMs;
    this.#revisePlan({ notes, alone: true }, nowMs);
  }

  /** Whether it belongs to what was played to an empty room: a station that cannot tell it from a duet reports it. */
  wasAlone(event: PlayedEvent): boolean {
    if (event.player === 'visitor' || event.type === 'control') return false;
    const name = `${event.voice} ${event.pitch}`;
    if (event.type === 'noteOff') return this.#aloneSounding.delete(name);
    if (!this.playsAlone(event.atMs)) return false;
    this.#aloneSounding.add(name);
    return true;
  }

  /** Leaves the room to whoever has come. */
  yieldAlone(nowMs: number): void {
    this.quietSinceMs = nowMs;
    if (!this.playsAlone(nowMs)) return;
    this.#alone = { ...this.#alone, untilMs: nowMs + SETTLE_MS };
    this.#revisePlan({ notes: [] }, nowMs);
  }

  #revisePlan(next: Pick<Plan, 'notes' | 'alone'>, nowMs: number): void {
    this.plan = { revision: this.plan.revision + 1, fromMs: nowMs, commitUntilMs: nowMs, ...next };
    this.link?.send('plan', this.plan);
  }

  /** Whether the chunk is new in its run. */
  isFirstHearing(runId: string, sequence: number): boolean {
    if (sequence <= (this.#heard.get(runId) ?? 0)) return false;
    this.#heard.clear(); // only the latest run can still send again
    this.#heard.set(runId, sequence);
    return true;
  }

  note(event: PlayedEvent & KeyEvent, at: Date): void {
    if (event.type !== 'noteOn') return;
    this.#lastNote = { player: event.player, pitch: event.pitch, at: at.toISOString() };
    if (this.active) this.active.notes++;
  }

  view(): StationView {
    const { active } = this;
    return {
      id: this.id,
      name: this.name,
      kind: this.kind,
      link: this.link
        ? { status: 'online', sinceMs: this.link.sinceMs }
        : { status: 'offline', lastSeenAt: this.lastSeenAt?.toISOString() ?? null },
      health: this.link ? this.health : null,
      assignment: this.assignment,
      turn: active?.session.turn ?? 'visitor',
      lastNote: this.#lastNote,
      session: active && {
        id: active.session.id,
        startedAt: new Date(active.session.startedMs).toISOString(),
        notes: active.notes,
        switches: [...active.session.switches],
        tempoBpm: active.session.beat?.tempoBpm ?? null,
      },
      info: this.remarks.info,
      notices: this.remarks.notices,
      controls: this.controls.map,
      learning: this.controls.learning,
    };
  }
}
