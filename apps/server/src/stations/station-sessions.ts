/** The sessions of stations: each begins with a visitor's first note, and ends when the visitor has gone. */
import { randomUUID } from 'node:crypto';
import { AppError } from '@antiphon/core/errors';
import type { Action } from '@antiphon/core/modes';
import type { Engine } from '@antiphon/core/runtime';
import type { Pulse } from '@antiphon/core/timing';
import type { Logger } from 'pino';
import type { Clock } from '../clock.js';
import { Session, type SessionOutput } from '../sessions/session.js';
import type { SessionLog } from '../sessions/session-log.js';
import type { SessionStore } from '../sessions/session-store.js';
import type { Metrics } from '../telemetry/metrics.js';
import { isIdle } from './idleness.js';
import { standardModel } from './model-choice.js';
import type { ActiveSession, Station } from './station.js';

export interface StationSessionsParts {
  clock: Clock;
  engine: Engine;
  sessions: SessionStore;
  log: SessionLog;
  metrics: Metrics;
  logger: Logger;
  idleMs: number;
  drawSeed: () => number;
  changed: (station: Station) => void;
}

export class StationSessions {
  readonly #parts: StationSessionsParts;

  constructor(parts: StationSessionsParts) {
    this.#parts = parts;
  }

  begin(station: Station, firstMs: number): ActiveSession {
    const { engine, clock, sessions, log, metrics, logger, drawSeed } = this.#parts;
    const id = randomUUID();
    const seed = drawSeed();
    const startedMs = Math.floor(Math.min(firstMs, clock.nowMs())); // as exact as it is recorded
    station.yieldAlone(clock.nowMs());
    const part = { atMs: 0, ...station.assignment };
    const saved = sessions.begin({ id, stationId: station.id, startedMs, seed, part });
    saved.catch((error) => logger.error(error, 'a session was not recorded'));
    const session = new Session({
      id,
      seed,
      startedMs,
      assignment: { ...station.assignment, memories: station.memories },
      plan: station.plan,
      openModel: (model) => engine.open({ model, seed }),
      modelFor: (role) => standardModel(engine, role),
      clock,
      output: { ...this.#outputTo(station, id), log: log.begin({ id, startedMs, saved }) },
    });
    const nowMs = clock.nowMs();
    const active = {
      session,
      saved,
      part: station.assignment,
      lastHeardMs: nowMs,
      attendedMs: nowMs,
      notes: 0,
    };
    station.active = active;
    metrics.sessions.inc();
    return active;
  }

  #outputTo(station: Station, id: string): Omit<SessionOutput, 'log'> {
    const { changed, clock, logger } = this.#parts;
    return {
      plan: (plan) => station.link?.send('plan', plan),
      turn: (turn) => {
        station.link?.send('turn', { turn });
        changed(station);
      },
      switched: () => changed(station),
      beat: (pulse) => this.sendBeat(station, pulse),
      remark: (remark) => {
        station.remarks.take(remark, clock.nowMs());
        const where = { station: station.id, session: id };
        if (remark.type === 'notice') logger.warn(where, remark.message);
        if (remark.type === 'info' && remark.message) logger.info(where, remark.message);
        changed(station);
      },
    };
  }

  /** Throws AppError `noSession` while nobody plays. */
  act(station: Station, action: Action, atMs: number): void {
    if (!station.active) throw new AppError('noSession', 'nobody plays at this station now');
    station.active.attendedMs = atMs;
    station.active.session.act(action, atMs);
  }

  /** Resolves once the end is on the record; the log is whole by then. */
  async end(station: Station): Promise<void> {
    const { clock, sessions, log, metrics, logger, changed } = this.#parts;
    const { active } = station;
    if (!active) return;
    station.active = null;
    active.session.end();
    station.plan = active.session.plan;
    station.memories = active.session.memories;
    station.quietSinceMs = clock.nowMs();
    this.sendBeat(station, null);
    metrics.sessions.dec();
    changed(station);
    try {
      await active.saved;
      await log.flush();
      await sessions.end(active.session.id, clock.nowMs());
    } catch (error) {
      logger.error(error, 'the end of a session was not recorded');
    }
  }

  /** Ends what has come to its end by now: sessions whose visitor has gone, and what was said of them. */
  endIdle(stations: Iterable<Station>): void {
    const { clock, idleMs, changed } = this.#parts;
    const nowMs = clock.nowMs();
    for (const station of stations) {
      if (station.active && isIdle(station.active, { nowMs, idleMs })) void this.end(station);
      if (station.remarks.expire(nowMs)) changed(station);
    }
  }

  sendBeat(station: Station, pulse: Pulse | null): void {
    if (station.link?.capabilities.includes('clockOut')) station.link.send('beat', { pulse });
  }
}
