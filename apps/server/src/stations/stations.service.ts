/** All stations of the booth: who is here, what they play, and what sounded at them. */
import { randomInt, randomUUID } from 'node:crypto';
import type { ControlMap, ControlTarget } from '@antiphon/core/controls';
import { AppError } from '@antiphon/core/errors';
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
import type { Pulse } from '@antiphon/core/timing';
import type { Health, Hello, ModeAssignment, Played, StationView, Welcome } from '@antiphon/protocol';
import { PROTOCOL_VERSION } from '@antiphon/protocol';
import type { Logger } from 'pino';
import type { Clock } from '../clock.js';
import { DEFAULT_MODEL } from '../inference/engine.provider.js';
import type { Chunk, Recorder } from '../sessions/recorder.js';
import { Session } from '../sessions/session.js';
import type { SessionLog } from '../sessions/session-log.js';
import type { SessionStore } from '../sessions/session-store.js';
import type { Metrics } from '../telemetry/metrics.js';
import { BoothBeat } from './booth-beat.js';
import { ControlDesk } from './control-desk.js';
import { type Command, Controls } from './controls.js';
import { isIdle } from './idleness.js';
import { chooseModel, modelsOf, standardModel } from './model-choice.js';
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
  log: SessionLog;
  store: StationStore;
  metrics: Metrics;
  logger: Logger;
  idleMs: number;
}

export class Stations {
  readonly #parts: StationsDependencies;
  readonly #stations = new Map<string, Station>();
  readonly #watchers = new Set<(station: Station, gone: boolean) => void>();
  readonly #desk: ControlDesk;
  readonly #beat: BoothBeat;
  #callOffIdleCheck: () => void = () => {};

  constructor(dependencies: StationsDependencies) {
    this.#parts = dependencies;
    this.#beat = new BoothBeat(dependencies.clock.nowMs());
    this.#desk = new ControlDesk({
      modelsFor: (station) => modelsOf(dependencies.engine, roleOfMode(station.assignment.mode)),
      act: (station, command, atMs) => this.#obey(station, command, atMs),
      retune: (station, assignment) => {
        if (station.active) station.active.attendedMs = dependencies.clock.nowMs();
        this.#apply(station, assignment);
      },
      keep: (station) =>
        void this.#keep(station).catch((error) => dependencies.logger.error(error, 'station not saved')),
      changed: (station) => this.#changed(station),
    });
  }

  /** Ends what a crash left open and brings back the stations that were known, and their beat. */
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
    const tempoBpm = await store.boothTempo();
    if (tempoBpm !== null) this.#beat.setTempo(tempoBpm, this.#parts.clock.nowMs());
    this.#endIdleSessions();
  }

  async close(): Promise<void> {
    this.#callOffIdleCheck();
    this.#desk.close();
    for (const station of this.#stations.values()) {
      station.link?.send('refused', { reason: 'serverStopping', message: 'the server is being stopped' });
      station.link?.close();
    }
    await Promise.all([...this.#stations.values()].map((station) => this.endSession(station)));
    await this.#parts.recorder.flush();
    await this.#parts.log.close();
  }

  /** Called whenever something that operators see of a station has changed. */
  watch(watcher: (station: Station, gone: boolean) => void): void {
    this.#watchers.add(watcher);
  }

  all(): Station[] {
    return [...this.#stations.values()];
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
    station.controls.forgetLights();
    station.quietSinceMs = clock.nowMs();
    station.kind = hello.kind;
    station.lastSeenAt = new Date();
    this.#changed(station);
    await store.save(station);
    if (station.active) this.#sendBeat(station, station.active.session.beat);
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
    this.clockHeard(station, null);
    station.lastSeenAt = new Date();
    this.#parts.metrics.stations.dec();
    this.#parts.logger.info({ station: station.id, name: station.name }, 'station left');
    this.#changed(station);
    void this.#parts.store
      .save(station)
      .catch((error) => this.#parts.logger.error(error, 'station not saved'));
  }

  /** The beat of the MIDI clock that comes into a station. */
  clockHeard(station: Station, pulse: Pulse | null): void {
    station.clockPulse = pulse;
    this.#tellBeat(station);
  }

  get boothTempoBpm(): number {
    return this.#beat.pulse.tempoBpm;
  }

  /** For all stations that keep the booth's beat, from its next bar line on. */
  async setBoothTempo(tempoBpm: number): Promise<void> {
    this.#beat.setTempo(tempoBpm, this.#parts.clock.nowMs());
    for (const station of this.#stations.values()) this.#tellBeat(station);
    await this.#parts.store.saveBoothTempo(tempoBpm);
  }

  /** What a mode makes of its `tempo` is its own affair; it is told the beat that it may ask for. */
  #tellBeat(station: Station): void {
    const { tempo } = station.assignment.params;
    const outside = { midiClock: station.clockPulse, booth: this.#beat.pulse }[String(tempo)];
    station.active?.session.keepPulse(outside ?? null);
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
      if (event.player === 'visitor' && this.#desk.heed(station, event, fresh && live)) continue;
      if (event.player === 'machine' && station.playsAlone(event.atMs)) continue;
      if (fresh && live && event.player === 'visitor' && event.type === 'noteOn' && !station.active)
        this.#beginSession(station, event.atMs);
      const active = station.active && event.atMs >= station.active.session.startedMs ? station.active : null;
      if (fresh && live && active) {
        station.note(event, new Date(nowMs));
        active.lastHeardMs = nowMs;
        if (event.player === 'visitor') {
          active.attendedMs = nowMs;
          active.session.play(event);
        }
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
    const present = station.assignment.model;
    const chosen = chooseModel(this.#parts.engine, { mode, wanted: model, present });
    this.#apply(station, { mode, params: complete, model: chosen });
    station.notice = null;
    station.link?.send('mode', { id: mode, title: modes[mode as ModeId].title });
    this.#changed(station);
    await this.#keep(station);
  }

  #apply(station: Station, assignment: Assignment): void {
    station.active?.session.changeMode(assignment);
    station.assignment = assignment;
    this.#tellBeat(station);
    this.#changed(station);
  }

  /** Keeps what the station is and plays, and puts the latter on the record of its session. */
  async #keep(station: Station): Promise<void> {
    const { active, assignment } = station;
    await this.#parts.store.save(station);
    if (!active || active.part === assignment) return;
    active.part = assignment;
    const atMs = this.#parts.clock.nowMs() - active.session.startedMs;
    await active.saved;
    await this.#parts.sessions.addPart(active.session.id, { atMs, ...assignment });
  }

  /** The next control that is moved at the station will do this; null calls it off. */
  learn(station: Station, target: ControlTarget | null): void {
    this.#desk.learn(station, target);
  }

  setControls(station: Station, map: ControlMap): void {
    this.#desk.setMap(station, map);
  }

  #obey(station: Station, { target }: Command, atMs: number): void {
    if (target.type === 'panic') this.panic(station);
    if (target.type === 'action' && station.active) this.act(station, target.action, atMs);
  }

  /** Throws AppError `noSession` while nobody plays. */
  act(station: Station, action: Action, atMs = this.#parts.clock.nowMs()): void {
    if (!station.active) throw new AppError('noSession', 'nobody plays at this station now');
    station.active.attendedMs = atMs;
    station.active.session.act(action, atMs);
  }

  async rename(station: Station, name: string): Promise<void> {
    station.name = name;
    this.#changed(station);
    await this.#parts.store.save(station);
  }

  panic(station: Station): void {
    station.yieldAlone(this.#parts.clock.nowMs());
    station.link?.send('panic', {});
    station.active?.session.panic();
  }

  async endSession(station: Station): Promise<void> {
    const { active } = station;
    if (!active) return;
    station.active = null;
    active.session.end();
    station.plan = active.session.plan;
    station.quietSinceMs = this.#parts.clock.nowMs();
    this.#sendBeat(station, null);
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

  #create({ stationId, name, kind }: Hello): Station {
    const station = new Station({
      id: stationId,
      name,
      kind,
      assignment: defaultAssignment(),
      controls: new Controls([]),
      lastSeenAt: null,
    });
    this.#stations.set(stationId, station);
    return station;
  }

  #beginSession(station: Station, firstMs: number): void {
    const { engine, clock, sessions, log, metrics, logger } = this.#parts;
    const id = randomUUID();
    const seed = randomInt(2 ** 31);
    const startedMs = Math.floor(firstMs); // as exact as it is recorded
    station.yieldAlone(clock.nowMs());
    const part = { atMs: 0, ...station.assignment };
    const saved = sessions.begin({ id, stationId: station.id, startedMs, seed, part });
    saved.catch((error) => logger.error(error, 'a session was not recorded'));
    const session = new Session({
      id,
      seed,
      startedMs,
      assignment: station.assignment,
      plan: station.plan,
      openModel: (model) => engine.open({ model, seed }),
      modelFor: (role) => standardModel(engine, role),
      clock,
      output: {
        plan: (plan) => station.link?.send('plan', plan),
        turn: (turn) => {
          station.link?.send('turn', { turn });
          this.#changed(station);
        },
        switched: () => this.#changed(station),
        beat: (pulse) => this.#sendBeat(station, pulse),
        log: log.begin({ id, startedMs, saved }),
        notice: (message) => {
          station.notice = message;
          logger.warn({ station: station.id, session: id }, message);
          this.#changed(station);
        },
      },
    });
    station.active = {
      session,
      saved,
      part: station.assignment,
      lastHeardMs: clock.nowMs(),
      attendedMs: clock.nowMs(),
      notes: 0,
    };
    metrics.sessions.inc();
    this.#tellBeat(station);
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
    const { clock, idleMs } = this.#parts;
    const nowMs = clock.nowMs();
    for (const station of this.#stations.values())
      if (station.active && isIdle(station.active, { nowMs, idleMs })) void this.endSession(station);
    this.#callOffIdleCheck = clock.at(nowMs + IDLE_CHECK_MS, () => this.#endIdleSessions());
  }

  #sendBeat(station: Station, pulse: Pulse | null): void {
    if (station.link?.capabilities.includes('clockOut')) station.link.send('beat', { pulse });
  }

  #changed(station: Station): void {
    this.#desk.light(station);
    for (const watcher of this.#watchers) watcher(station, false);
  }
}

function defaultAssignment(): Assignment {
  return { mode: defaultMode, params: completeParams(defaultMode, {}), model: DEFAULT_MODEL };
}
