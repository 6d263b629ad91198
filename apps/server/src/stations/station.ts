/** A station as the server knows it: what it is, how it is, and the session under way. */
import type { KeyEvent, PlayedEvent, Player } from '@antiphon/core/music';
import { emptyPlan, type Plan } from '@antiphon/core/timing';
import type { Health, ModeAssignment, ServerToStation, StationKind, StationView } from '@antiphon/protocol';
import type { Session } from '../sessions/session.js';

/** The connection a station speaks through. */
export interface StationLink {
  runId: string;
  sinceMs: number;
  send<Name extends keyof ServerToStation>(name: Name, message: Parameters<ServerToStation[Name]>[0]): void;
  close(): void;
}

export interface ActiveSession {
  session: Session;
  /** Resolves when the session is in the database. */
  saved: Promise<void>;
  lastHeardMs: number;
  notes: number;
}

/** A mode, its parameters and the model it plays with, complete and valid. */
export type Assignment = ModeAssignment & { model: string };

export interface StationIdentity {
  id: string;
  name: string;
  kind: StationKind;
  assignment: Assignment;
  lastSeenAt: Date | null;
}

export class Station {
  readonly id: string;
  name: string;
  kind: StationKind;
  assignment: Assignment;
  lastSeenAt: Date | null;
  link: StationLink | null = null;
  health: Health | null = null;
  active: ActiveSession | null = null;
  /** The plan in force, also after its session has ended: revisions go on rising. */
  plan: Plan = emptyPlan;
  notice: string | null = null;
  #lastNote: { player: Player; pitch: number; at: string } | null = null;
  /** Chunks heard so far in each run of the station, so that one sent twice is heard once. */
  readonly #heard = new Map<string, number>();

  constructor({ id, name, kind, assignment, lastSeenAt }: StationIdentity) {
    this.id = id;
    this.name = name;
    this.kind = kind;
    this.assignment = assignment;
    this.lastSeenAt = lastSeenAt;
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
      },
      notice: this.notice,
    };
  }
}
