/** All stations of the booth: who is here, what they play, and what sounded at them. */
import type { ControlMap, ControlTarget } from '@antiphon/core/controls';
import { AppError } from '@antiphon/core/errors';
import { type Action, type ModeId, modes, roleOfMode } from '@antiphon/core/modes';
import type { Engine } from '@antiphon/core/runtime';
import type { Pulse } from '@antiphon/core/timing';
import type { Health, Hello, ModeAssignment, Played, StationView, Welcome } from '@antiphon/protocol';
import { PROTOCOL_VERSION } from '@antiphon/protocol';
import type { Logger } from 'pino';
import type { Clock } from '../clock.js';
import type { Recorder } from '../sessions/recorder.js';
import type { SessionLog } from '../sessions/session-log.js';
import type { SessionStore } from '../sessions/session-store.js';
import type { Metrics } from '../telemetry/metrics.js';
import { Assignments } from './assignments.js';
import { BoothBeat } from './booth-beat.js';
import { ControlDesk } from './control-desk.js';
import type { Command } from './controls.js';
import { modelsOf } from './model-choice.js';
import { Roster, type Watcher } from './roster.js';
import type { Station, StationLink } from './station.js';
import { type Sounded, StationRecord } from './station-record.js';
import { StationSessions } from './station-sessions.js';
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
  /** A whole number below 2^31 for each session: with what is heard in it, it decides all that the machine plays. */
  drawSeed: () => number;
}

export class Stations {
  readonly #parts: StationsDependencies;
  readonly #roster: Roster;
  readonly #beat: BoothBeat;
  readonly #sessions: StationSessions;
  readonly #assignments: Assignments;
  readonly #record: StationRecord;
  readonly #desk: ControlDesk;
  #callOffIdleCheck: () => void = () => {};

  constructor(dependencies: StationsDependencies) {
    this.#parts = dependencies;
    this.#roster = new Roster(dependencies.store);
    this.#beat = new BoothBeat(dependencies.clock, this.#roster);
    const changed = (station: Station) => this.#changed(station);
    this.#sessions = new StationSessions({ ...dependencies, changed });
    this.#assignments = new Assignments({ ...dependencies, beat: this.#beat });
    this.#record = new StationRecord(dependencies);
    this.#desk = new ControlDesk({
      modelsFor: (station) => modelsOf(dependencies.engine, roleOfMode(station.assignment.mode)),
      act: (station, command, atMs) => this.#obey(station, command, atMs),
      retune: (station, assignment) => {
        if (station.active) station.active.attendedMs = dependencies.clock.nowMs();
        this.#assignments.apply(station, assignment);
        changed(station);
      },
      keep: (station) =>
        void this.#assignments
          .keep(station)
          .catch((error) => dependencies.logger.error(error, 'station not saved')),
      changed,
    });
  }

  /** Ends what a crash left open and brings back the stations that were known, and their beat. */
  async open(): Promise<void> {
    const { sessions, store, logger } = this.#parts;
    const left = await sessions.endLeftovers();
    if (left > 0) logger.warn({ sessions: left }, 'ended sessions that were open when the server stopped');
    await this.#roster.open();
    const tempoBpm = await store.boothTempo();
    if (tempoBpm !== null) this.#beat.setTempo(tempoBpm);
    this.#endIdleSessions();
  }

  async close(): Promise<void> {
    this.#callOffIdleCheck();
    this.#beat.close();
    this.#desk.close();
    for (const station of this.#roster) {
      station.link?.send('refused', { reason: 'serverStopping', message: 'the server is being stopped' });
      station.link?.close();
    }
    await Promise.all([...this.#roster].map((station) => this.endSession(station)));
    await this.#parts.recorder.flush();
    await this.#parts.log.close();
  }

  /** Called whenever something that operators see of a station has changed. */
  watch(watcher: Watcher): void {
    this.#roster.watch(watcher);
  }

  all(): Station[] {
    return [...this.#roster];
  }

  views(): StationView[] {
    return [...this.#roster].map((station) => station.view());
  }

  /** Throws AppError `unknownStation`. */
  find(id: string): Station {
    return this.#roster.find(id);
  }

  /** Throws AppError `stationTaken` while another run of the same station is connected. */
  async join(hello: Hello, link: StationLink): Promise<{ station: Station; welcome: Welcome }> {
    const { clock, store, logger, metrics } = this.#parts;
    const station = this.#roster.admit(hello);
    if (station.link && station.link.runId !== hello.runId)
      throw new AppError(
        'stationTaken',
        'this station is connected already; if it was just restarted, it is let in within seconds',
      );
    station.link?.close();
    if (!station.link) metrics.stations.inc();
    station.yieldAlone(clock.nowMs()); // somebody may have come while it was away
    station.link = link;
    this.#desk.greet(station);
    station.kind = hello.kind;
    station.lastSeenAt = new Date();
    this.#changed(station);
    await store.save(station);
    if (station.active) this.#sessions.sendBeat(station, station.active.session.beat);
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
    this.#beat.tell(station);
  }

  get boothTempoBpm(): number {
    return this.#beat.tempoBpm;
  }

  /** For all stations that keep the booth's beat, together. */
  async setBoothTempo(tempoBpm: number): Promise<void> {
    this.#beat.setTempo(tempoBpm);
    await this.#parts.store.saveBoothTempo(tempoBpm);
  }

  report(station: Station, health: Health): void {
    station.health = health;
    this.#changed(station);
  }

  /** Hears what is new and resolves once all of it is on the record. */
  async played(station: Station, runId: string, { sequence, events }: Played): Promise<void> {
    const nowMs = this.#parts.clock.nowMs();
    const fresh = station.isFirstHearing(runId, sequence);
    const sounded: Sounded[] = [];
    for (const told of events) {
      const live = told.atMs > nowMs - STALE_MS;
      const hearing = !fresh ? 'again' : live ? 'live' : 'late';
      if (told.player === 'visitor' && this.#desk.heed(station, told, hearing)) continue;
      const { channel: _, ...event } = told;
      if (station.wasAlone(event)) continue;
      if (fresh && live && event.player === 'visitor' && event.type === 'noteOn' && !station.active) {
        this.#sessions.begin(station, event.atMs);
        this.#beat.tell(station);
      }
      const active = station.active && event.atMs >= station.active.session.startedMs ? station.active : null;
      if (fresh && live && active) {
        station.note(event, new Date(nowMs));
        active.lastHeardMs = nowMs;
        if (event.player === 'visitor') {
          active.attendedMs = nowMs;
          active.session.play(event);
        }
      }
      sounded.push({ event, active });
    }
    this.#changed(station);
    await this.#record.put(station, { runId, sequence }, sounded);
  }

  /** Throws as `Assignments.assign` does; then everything stays as it was. */
  async assign(station: Station, assignment: ModeAssignment): Promise<void> {
    this.#assignments.assign(station, assignment);
    this.#changed(station);
    await this.#assignments.keep(station);
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
    if (target.type === 'action' && (station.active || target.action === 'tap'))
      this.act(station, target.action, atMs);
  }

  /** Throws AppError `noSession` while nobody plays, but the tempo can be tapped. */
  act(station: Station, action: Action, atMs = this.#parts.clock.nowMs()): void {
    if (action === 'tap') {
      station.tap(atMs);
      this.#beat.tell(station);
    }
    if (action !== 'tap' || station.active) this.#sessions.act(station, action, atMs);
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

  endSession(station: Station): Promise<void> {
    return this.#sessions.end(station);
  }

  /** Throws AppError `stationOnline`, or `stationHasDuets`. */
  async remove(station: Station): Promise<void> {
    if (station.link) throw new AppError('stationOnline', 'a station that is connected cannot be removed');
    await this.endSession(station);
    await this.#roster.remove(station);
  }

  #endIdleSessions(): void {
    const { clock } = this.#parts;
    this.#sessions.endIdle(this.#roster);
    this.#callOffIdleCheck = clock.at(clock.nowMs() + IDLE_CHECK_MS, () => this.#endIdleSessions());
  }

  #changed(station: Station): void {
    this.#desk.light(station);
    this.#roster.changed(station);
  }
}
