/** Puts what sounded at stations on the record, each note in the session that it was played in. */
import { randomUUID } from 'node:crypto';
import type { PlayedEvent } from '@antiphon/core/music';
import type { Chunk, Recorder } from '../sessions/recorder.js';
import type { SessionStore } from '../sessions/session-store.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { ActiveSession, Station } from './station.js';

export interface StationRecordParts {
  recorder: Recorder;
  sessions: SessionStore;
  metrics: Metrics;
  idleMs: number;
}

/** Something that sounded, and the session that has heard it; null where it came too late for any. */
export interface Sounded {
  event: PlayedEvent;
  active: ActiveSession | null;
}

export class StationRecord {
  readonly #parts: StationRecordParts;

  constructor(parts: StationRecordParts) {
    this.#parts = parts;
  }

  /** Resolves once all of it is in the database. */
  async put(station: Station, chunk: Pick<Chunk, 'runId' | 'sequence'>, sounded: Sounded[]): Promise<void> {
    const events: Chunk['events'] = [];
    for (const { event, active } of sounded) {
      await active?.saved;
      const home = active
        ? { id: active.session.id, startedMs: active.session.startedMs }
        : await this.#homeOf(station, event.atMs);
      events.push({ sessionId: home.id, atMs: event.atMs - home.startedMs, event });
    }
    await this.#parts.recorder.record({ ...chunk, stationId: station.id, events });
    this.#parts.metrics.events.inc(events.length);
  }

  /** Notes that come late belong to the session they were played in, or to one that is made for them. */
  async #homeOf(station: Station, atMs: number): Promise<{ id: string; startedMs: number }> {
    const { sessions, idleMs } = this.#parts;
    const covering = await sessions.covering(station.id, atMs, idleMs);
    if (covering) return covering;
    const id = randomUUID();
    const startedMs = Math.floor(atMs);
    const part = { atMs: 0, ...station.assignment, model: null };
    await sessions.begin({ id, stationId: station.id, startedMs, seed: 0, part });
    await sessions.end(id, atMs);
    return { id, startedMs };
  }
}
