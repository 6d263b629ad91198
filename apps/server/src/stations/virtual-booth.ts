/** A booth in virtual time with a real database and a scripted engine, for tests. */
import { randomUUID } from 'node:crypto';
import { createRandom, type ModelRole } from '@antiphon/core/models';
import type { PlayedEvent } from '@antiphon/core/music';
import type { Engine, EngineSession, GenerationRequest } from '@antiphon/core/runtime';
import {
  advance,
  giveWay,
  idleScheduler,
  isOfDuet,
  type PlayerAction,
  silence,
  takePlan,
} from '@antiphon/core/timing';
import { pino } from 'pino';
import { Duets } from '../duets/duets.service.js';
import { Reruns } from '../duets/reruns.service.js';
import { Recorder } from '../sessions/recorder.js';
import { SessionLog } from '../sessions/session-log.js';
import { SessionStore } from '../sessions/session-store.js';
import { VirtualClock } from '../sessions/virtual-clock.js';
import type { Database } from '../storage/database.js';
import { Metrics } from '../telemetry/metrics.js';
import type { Station, StationLink } from './station.js';
import { StationStore } from './station-store.js';
import { Stations } from './stations.service.js';

const MODELS: [id: string, role: ModelRole][] = [
  ['melody', 'melody'],
  ['other', 'melody'],
  ['accompaniment', 'accompaniment'],
  ['improv', 'improv'],
];

/** Says what seed, model and the number of the request have drawn, as the engine does; each step when `wait` lets it. Now and then it fails midway. */
class ScriptedEngine implements Engine {
  wait: () => Promise<void> = () => Promise.resolve();
  readonly asked: { model: string; request: GenerationRequest }[] = [];

  open({ model, seed }: { model: string; seed: number }): EngineSession {
    let requests = 0;
    const { wait, asked } = this;
    return {
      model,
      async *generate(request: GenerationRequest, signal) {
        asked.push({ model, request });
        const { steps, allowedPitches } = request;
        const random = createRandom(seed + 1000 * ++requests + model.length);
        for (let step = 0; step < steps; step++) {
          await wait();
          if (signal?.aborted) return;
          if (requests % 5 === 2 && step === 2) throw new Error('the runner died');
          const place = random.next();
          const pitch = allowedPitches?.[Math.floor(place * allowedPitches.length)] ?? 60;
          const logProbability = Math.log(random.next());
          const event = random.next() < 0.5 ? pitch : -2;
          if (model !== 'accompaniment') yield { event, logProbability };
          else
            yield {
              event,
              chord: ['C', 'F', 'G7', 'Am'][(step >> 3) % 4] as string,
              bass: step % 4 ? -2 : 36,
              logProbability,
            };
        }
      },
      fork: () => Promise.reject(new Error('never asked')),
      close: () => {},
    };
  }

  models() {
    return MODELS.map(([id, role]) => ({
      id,
      title: id,
      role,
      styles: [],
      status: 'up' as const,
      runner: 'script',
      reason: 'a test',
    }));
  }

  add = () => Promise.reject(new Error('never asked'));
  remove = () => Promise.reject(new Error('never asked'));
  close = async () => {};
}

export interface VirtualBooth {
  clock: VirtualClock;
  engine: ScriptedEngine;
  stations: Stations;
  station: Station;
  reruns: Reruns;
  duets: Duets;
  /** All that the machine has played at the station. */
  sounded: PlayerAction[];
  report: (event: PlayedEvent) => void;
  /** Ends the session, and answers its id once all of it is on the record. */
  end: () => Promise<string>;
}

/** A booth with one station, which plays its plans and reports them as a real one does. */
export async function openBooth(
  database: Database,
  { idleMs = 3_600_000, seed = 1 } = {},
): Promise<VirtualBooth> {
  const clock = new VirtualClock(Date.UTC(2026, 10, 21) + 0.123);
  const engine = new ScriptedEngine();
  const logger = pino({ level: 'silent' });
  const duets = new Duets(database);
  const stations = new Stations({
    clock,
    engine,
    recorder: new Recorder(database.pool),
    sessions: new SessionStore(database.prisma, database.pool),
    log: new SessionLog(database.pool, logger),
    store: new StationStore(database.prisma),
    metrics: new Metrics(),
    logger,
    idleMs,
    drawSeed: () => seed,
  });
  await stations.open();
  const runId = randomUUID();
  const reports: Promise<void>[] = [];
  let sequence = 0;
  let scheduler = idleScheduler;
  let callOff = () => {};
  const sounded: PlayerAction[] = [];
  const tell = (event: PlayedEvent) =>
    void reports.push(stations.played(station, runId, { sequence: ++sequence, events: [event] }));
  const sound = (actions: PlayerAction[]) => {
    sounded.push(...actions);
    for (const action of actions.filter(isOfDuet)) tell({ ...action, player: 'machine' });
  };
  const report = (event: PlayedEvent) => {
    if (event.player === 'visitor' && event.type === 'noteOn') {
      const { state, actions } = giveWay(scheduler, clock.nowMs());
      scheduler = state;
      sound(actions);
    }
    tell(event);
  };
  const play = () => {
    callOff();
    const advanced = advance(scheduler, clock.nowMs());
    scheduler = advanced.state;
    sound(advanced.actions);
    if (advanced.nextMs !== null) callOff = clock.at(advanced.nextMs, play);
  };
  const link = {
    runId,
    sinceMs: clock.nowMs(),
    capabilities: [],
    close: () => {},
    send: (name: string, message: unknown) => {
      if (name === 'plan') scheduler = takePlan(scheduler, message as Parameters<typeof takePlan>[1]);
      if (name === 'panic') {
        const silenced = silence(scheduler, clock.nowMs());
        scheduler = silenced.state;
        sound(silenced.actions);
      }
      play();
    },
  } as StationLink;
  const hello = {
    version: 1,
    token: 'x',
    stationId: randomUUID(),
    kind: 'hardware',
    name: 'A',
    runId,
  } as const;
  const { station } = await stations.join({ ...hello, capabilities: [] }, link);
  return {
    clock,
    engine,
    stations,
    station,
    reruns: new Reruns(duets, engine),
    duets,
    sounded,
    report,
    async end() {
      const id = station.active?.session.id ?? '';
      await stations.endSession(station);
      await clock.run(clock.nowMs() + 20_000);
      await Promise.all(reports);
      await stations.close();
      engine.wait = () => Promise.resolve();
      return id;
    },
  };
}

/** Plays and pauses at random for a while; every key reaches the server some time after it was pressed. */
export async function visit({ clock, report }: VirtualBooth, seed: number, forMs: number): Promise<void> {
  const random = createRandom(seed);
  const untilMs = clock.nowMs() + forMs;
  const tell = async (
    event: { type: 'noteOn'; pitch: number; velocity: number } | { type: 'noteOff'; pitch: number },
  ) => {
    const atMs = clock.nowMs();
    await clock.run(atMs + random.next() * 30);
    report({ ...event, atMs, player: 'visitor', voice: 'melody' });
  };
  while (clock.nowMs() < untilMs) {
    const pitch = 48 + Math.floor(random.next() * 36);
    await tell({ type: 'noteOn', pitch, velocity: 40 + Math.floor(random.next() * 80) });
    await clock.run(clock.nowMs() + 60 + random.next() * 300);
    await tell({ type: 'noteOff', pitch });
    await clock.run(
      clock.nowMs() + (random.next() < 0.2 ? 1500 + random.next() * 4000 : 40 + random.next() * 200),
    );
  }
}
