/** What stations play: assigned by an operator or turned with a control, told to the session under way, kept and recorded. */
import { completeParams, defaultMode, type ModeId, modes } from '@antiphon/core/modes';
import type { Engine } from '@antiphon/core/runtime';
import type { ModeAssignment } from '@antiphon/protocol';
import type { Clock } from '../clock.js';
import { DEFAULT_MODEL } from '../inference/engine.provider.js';
import type { SessionStore } from '../sessions/session-store.js';
import type { BoothBeat } from './booth-beat.js';
import { chooseModel } from './model-choice.js';
import type { Assignment, Station } from './station.js';
import type { StationStore } from './station-store.js';

export interface AssignmentsParts {
  clock: Clock;
  engine: Engine;
  store: StationStore;
  sessions: SessionStore;
  beat: BoothBeat;
}

export class Assignments {
  readonly #parts: AssignmentsParts;

  constructor(parts: AssignmentsParts) {
    this.#parts = parts;
  }

  /**
   * Throws AppError `unknownMode`, `badParams`, `unknownModel`, or `wrongModel` for one that is good for something else; then
   * everything stays as it was.
   */
  assign(station: Station, { mode, params, model }: ModeAssignment): void {
    const complete = completeParams(mode, params);
    const present = station.assignment.model;
    const chosen = chooseModel(this.#parts.engine, { mode, wanted: model, present });
    this.apply(station, { mode, params: complete, model: chosen });
    station.remarks.clear();
    station.link?.send('mode', { id: mode, title: modes[mode as ModeId].title });
  }

  /** Heard at once, and not kept yet. */
  apply(station: Station, assignment: Assignment): void {
    station.active?.session.changeMode(assignment);
    station.assignment = assignment;
    this.#parts.beat.tell(station);
  }

  /** Keeps what the station is and plays, and puts the latter on the record of its session. */
  async keep(station: Station): Promise<void> {
    const { active, assignment } = station;
    await this.#parts.store.save(station);
    if (!active || active.part === assignment) return;
    active.part = assignment;
    const atMs = this.#parts.clock.nowMs() - active.session.startedMs;
    await active.saved;
    await this.#parts.sessions.addPart(active.session.id, { atMs, ...assignment });
  }
}

export function defaultAssignment(): Assignment {
  return { mode: defaultMode, params: completeParams(defaultMode, {}), model: DEFAULT_MODEL };
}

/** What a station was assigned when it was last here; another where that is no more. */
export function stillAssigned(assignment: Assignment): Assignment {
  return Object.hasOwn(modes, assignment.mode) ? assignment : defaultAssignment();
}
