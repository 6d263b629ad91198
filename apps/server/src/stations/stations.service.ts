/** All stations of the booth: who is here, what they play, and what sounded at them. */
import { randomInt, randomUUID } from 'node:crypto';
import { AppError } from '@antiphon/core/errors';
import type { ModelRole } from '@antiphon/core/models';
import {
  type Action,
  completeParams,
  defaultMode,
  type ModeId,
  modes,
  roleOfMode,
} from '@antiphon/core/modes';
import type { PlayedEvent } from '@antiphon/core/music';
import type { Engine } from '@antiphon/core/runtime';
import type { Health, Hello, ModeAssignment, Played, StationView, Welcome } from '@antiphon/protocol';
import { PROTOCOL_VERSION } from '@antiphon/protocol';
import type { Logger } from 'pino';
import type { Clock } from '../clock.js';
import { DEFAULT_MODEL } from '../inference/engine.provider.js';
import type { Chunk, Recorder } from '../sessions/recorder.js';
import { Session } from '../sessions/session.js';
import type { SessionStore } from '../sessions/session-store.js';
import type { Metrics } from '../telemetry/metrics.js';
import { type ActiveSession, type Assignment, Station, type StationLink } from './station.js';
import type { StationStore } from './station-store.js';

/** What was played longer ago than this is put on the record, but no longer answered. */
const STALE_MS = 5_000;
const IDLE_CHECK_MS = 500;

export interface StationsDependencies {
  clock: Clock;
  engine: Engine;
  recorder: Recorder;
  sessions: SessionStore;
  store: StationStore;
  metrics: Metrics;
  logger: Logger;
  idleMs: number;
}

export class Stations {
  readonly #parts: StationsDependencies;
  readonly #stations = new Map<string, Station>();
  readonly #watchers = new Set<(station: Station, gone: boolean) => void>();
  #idleCheck: NodeJS.Timeout | null = null;

  constructor(dependencies: StationsDependencies) {
    this.#parts = dependencies;
  }

  /** Ends what a crash left open and brings back the stations that were known. */
  async open(): Promise<void> {
    const { sessions, store, logger } = this.#parts;
    const left = await sessions.endLeftovers();
    if (left > 0) logger.warn({ sessions: left }, 'ended sessions that were open when the server stopped');
    for (const identity of await store.all()) {
      const assignment = Object.hasOwn(modes, identity.assignment.mode)
        ? identity.assignment
        : defaultAssignment();
      this.#stations.set(identity.id, new Station({ ...identity, assignment }));
    }
    this.#idleCheck = setInterval(() => this.#endIdleSessions(), IDLE_CHECK_MS);
  }

  async close(): Promise<void> {
    if (this.#idleCheck) clearInterval(this.#idleCheck);
    for (const station of this.#stations.values()) {
      station.link?.send('refused', { reason: 'serverStopping', message: 'the server is being stopped' });
      station.link?.close();
    }
    await Promise.all([...this.#stations.values()].map((station) => this.endSession(station)));
    await this.#parts.recorder.flush();
  }

  /** Called whenever something that operators see of a station has changed. */
  watch(watcher: (station: Station, gone: boolean) => void): void {
    this.#watchers.add(watcher);
  }

  views(): StationView[] {
    return [...this.#stations.values()].map((station) => station.view());
  }

  /** Throws AppError `unknownStation`. */
  find(id: string): Station {
    const station = this.#stations.get(id);
    if (!station) throw new AppError('unknownStation', `there is no station ${id}`);
    return station;
  }

  /** Throws AppError `stationTaken` while another run of the same station is connected. */
  async join(hello: Hello, link: StationLink): Promise<{ station: Station; welcome: Welcome }> {
    const { clock, store, logger, metrics } = this.#parts;
    const station = this.#stations.get(hello.stationId) ?? this.#create(hello);
    if (station.link && station.link.runId !== hello.runId)
      throw new AppError(
        'stationTaken',
        'this station is connected already; if it was just restarted, it is let in within seconds',
      );
    station.link?.close();
    if (!station.link) metrics.stations.inc();
    station.link = link;
    station.kind = hello.kind;
    station.lastSeenAt = new Date();
    this.#changed(station);
    await store.save(station);
    logger.info({ station: station.id, name: station.name, kind: station.kind }, 'station joined');
    const mode = station.assignment.mode as ModeId;
    return {
      station,
      welcome: {
        version: PROTOCOL_VERSION,
        capabilities: hello.capabilities,
        name: station.name,
        boothMs: clock.nowMs(),
        mode: { id: mode, title: modes[mode].title },
        turn: station.active?.session.turn ?? 'visitor',
        plan: station.active?.session.plan ?? station.plan,
      },
    };
  }

  /** The connection is gone. Its session goes on for as long as a visitor may be silent. */
  leave(station: Station, link: StationLink): void {
    if (station.link !== link) return;
    station.link = null;
    station.lastSeenAt = new Date();
    this.#parts.metrics.stations.dec();
    this.#parts.logger.info({ station: station.id, name: station.name }, 'station left');
    this.#changed(station);
    void this.#parts.store
      .save(station)
      .catch((error) => this.#parts.logger.error(error, 'station not saved'));
  }

  report(station: Station, health: Health): void {
    station.health = health;
    this.#changed(station);
  }

  /** Hears what is new and resolves once all of it is on the record. */
  async played(station: Station, runId: string, { sequence, events }: Played): Promise<void> {
    const nowMs = this.#parts.clock.nowMs();
    const fresh = station.isFirstHearing(runId, sequence);
    const places: { event: PlayedEvent; active: ActiveSession | null }[] = [];
    for (const event of events) {
      const live = event.atMs > nowMs - STALE_MS;
      if (fresh && live && event.player === 'visitor' && event.type === 'noteOn' && !station.active)
        this.#beginSession(station, event.atMs);
      const active = station.active && event.atMs >= station.active.session.startedMs ? station.active : null;
      if (fresh && live && active) {
        station.note(event, new Date(nowMs));
        active.lastHeardMs = nowMs;
        if (event.player === 'visitor') active.session.play(event);
      }
      places.push({ event, active });
    }
    this.#changed(station);
    await this.#record(station, { stationId: station.id, runId, sequence, events: [] }, places);
  }

  /**
   * Throws AppError `unknownMode`, `badParams`, `unknownModel`, or `wrongModel` for one that is good for something else; then
   * everything stays as it was.
   */
  async assign(station: Station, { mode, params, model }: ModeAssignment): Promise<void> {
    const complete = completeParams(mode, params);
    const assignment = { mode, params: complete, model: this.#modelOf(station, mode, model) };
    station.active?.session.changeMode(assignment);
    station.assignment = assignment;
    station.notice = null;
    station.link?.send('mode', { id: mode, title: modes[mode as ModeId].title });
    this.#changed(station);
    const { active } = station;
    await this.#parts.store.save(station);
    if (!active) return;
    const atMs = this.#parts.clock.nowMs() - active.session.startedMs;
    await active.saved;
    await this.#parts.sessions.addPart(active.session.id, { atMs, ...assignment });
  }

  /** Throws AppError `noSession` while nobody plays. */
  act(station: Station, action: Action, atMs = this.#parts.clock.nowMs()): void {
    if (!station.active) throw new AppError('noSession', 'nobody plays at this station now');
    station.active.session.act(action, atMs);
  }

  async rename(station: Station, name: string): Promise<void> {
    station.name = name;
    this.#changed(station);
    await this.#parts.store.save(station);
  }

  panic(station: Station): void {
    station.link?.send('panic', {});
    station.active?.session.beginAgain('panic');
  }

  async endSession(station: Station): Promise<void> {
    const { active } = station;
    if (!active) return;
    station.active = null;
    active.session.end();
    station.plan = active.session.plan;
    this.#parts.metrics.sessions.dec();
    this.#changed(station);
    try {
      await active.saved;
      await this.#parts.sessions.end(active.session.id, this.#parts.clock.nowMs());
    } catch (error) {
      this.#parts.logger.error(error, 'the end of a session was not recorded');
    }
  }

  /** Throws AppError `stationOnline`, or `stationHasDuets`. */
  async remove(station: Station): Promise<void> {
    if (station.link) throw new AppError('stationOnline', 'a station that is connected cannot be removed');
    await this.endSession(station);
    if (!(await this.#parts.store.remove(station.id)))
      throw new AppError('stationHasDuets', 'duets were recorded at this station, so it is kept with them');
    this.#stations.delete(station.id);
    for (const watcher of this.#watchers) watcher(station, true);
  }

  #modelOf(station: Station, mode: string, wanted: string | undefined): string {
    const role = roleOfMode(mode);
    const known = this.#parts.engine.models();
    const model = known.find(({ id }) => id === (wanted ?? station.assignment.model));
    if (wanted !== undefined && !model)
      throw new AppError('unknownModel', `model: there is no model "${wanted}"`);
    if (model && (role === null || model.role === role)) return model.id;
    if (wanted !== undefined)
      throw new AppError(
        'wrongModel',
        `model: "${wanted}" is a model for ${model?.role}; ${mode} needs one for ${role}`,
      );
    return this.#modelFor(role ?? 'melody');
  }

  /** The one that is named after its role, or else any that plays it. Throws AppError `noModel`. */
  #modelFor(role: ModelRole): string {
    const playing = this.#parts.engine.models().filter((model) => model.role === role);
    const model = playing.find(({ id }) => id === role) ?? playing[0];
    if (!model) throw new AppError('noModel', `this booth has no model for ${role}`);
    return model.id;
  }

  #create({ stationId, name, kind }: Hello): Station {
    const station = new Station({
      id: stationId,
      name,
      kind,
      assignment: defaultAssignment(),
      lastSeenAt: null,
    });
    this.#stations.set(stationId, station);
    return station;
  }

  #beginSession(station: Station, startedMs: number): void {
    const { engine, clock, sessions, metrics, logger } = this.#parts;
    const id = randomUUID();
    const seed = randomInt(2 ** 31);
    const session = new Session({
      id,
      seed,
      startedMs,
      assignment: station.assignment,
      plan: station.plan,
      openModel: (model) => engine.open({ model, seed }),
      modelFor: (role) => this.#modelFor(role),
      clock,
      output: {
        plan: (plan) => station.link?.send('plan', plan),
        turn: (turn) => {
          station.link?.send('turn', { turn });
          this.#changed(station);
        },
        switched: () => this.#changed(station),
        notice: (message) => {
          station.notice = message;
          logger.warn({ station: station.id, session: id }, message);
          this.#changed(station);
        },
      },
    });
    const part = { atMs: 0, ...station.assignment };
    const saved = sessions.begin({ id, stationId: station.id, startedMs, seed, part });
    saved.catch((error) => logger.error(error, 'a session was not recorded'));
    station.active = { session, saved, lastHeardMs: clock.nowMs(), notes: 0 };
    metrics.sessions.inc();
  }

  async #record(
    station: Station,
    chunk: Chunk,
    places: { event: PlayedEvent; active: ActiveSession | null }[],
  ): Promise<void> {
    for (const { event, active } of places) {
      await active?.saved;
      const home = active
        ? { id: active.session.id, startedMs: active.session.startedMs }
        : await this.#homeOf(station, event.atMs);
      chunk.events.push({ sessionId: home.id, atMs: event.atMs - home.startedMs, event });
    }
    await this.#parts.recorder.record(chunk);
    this.#parts.metrics.events.inc(chunk.events.length);
  }

  /** Notes that come late belong to the session they were played in, or to one that is made for them. */
  async #homeOf(station: Station, atMs: number): Promise<{ id: string; startedMs: number }> {
    const { sessions, idleMs } = this.#parts;
    const covering = await sessions.covering(station.id, atMs, idleMs);
    if (covering) return covering;
    const id = randomUUID();
    const part = { atMs: 0, ...station.assignment, model: null };
    await sessions.begin({ id, stationId: station.id, startedMs: atMs, seed: 0, part });
    await sessions.end(id, atMs);
    return { id, startedMs: atMs };
  }

  #endIdleSessions(): void {
    const nowMs = this.#parts.clock.nowMs();
    for (const station of this.#stations.values())
      if (
        station.active &&
        station.active.session.turn === 'visitor' &&
        nowMs > station.active.session.plannedUntilMs &&
        nowMs - station.active.lastHeardMs > this.#parts.idleMs
      )
        void this.endSession(station);
  }

  #changed(station: Station): void {
    for (const watcher of this.#watchers) watcher(station, false);
  }
}

function defaultAssignment(): Assignment {
  return { mode: defaultMode, params: completeParams(defaultMode, {}), model: DEFAULT_MODEL };
}
