/** Sessions played through the booth's own path, on a real PostgreSQL and in virtual time, and run again from their record. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, type ModelRole } from '@antiphon/core/models';
import type { PlayedEvent } from '@antiphon/core/music';
import type { Engine, EngineSession, GenerationRequest } from '@antiphon/core/runtime';
import { advance, idleScheduler, type PlayerAction, silence, takePlan } from '@antiphon/core/timing';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Recorder } from '../sessions/recorder.js';
import { SessionLog } from '../sessions/session-log.js';
import { SessionStore } from '../sessions/session-store.js';
import { VirtualClock } from '../sessions/virtual-clock.js';
import type { Station, StationLink } from '../stations/station.js';
import { StationStore } from '../stations/station-store.js';
import { Stations } from '../stations/stations.service.js';
import { type Database, openDatabase } from '../storage/database.js';
import { Metrics } from '../telemetry/metrics.js';
import { Duets } from './duets.service.js';
import { Reruns } from './reruns.service.js';

let folder: string;
let database: Database;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'antiphon-rerun-'));
  database = await openDatabase({ url: undefined, dataFolder: folder, onStopped: () => {} });
}, 90_000);
afterAll(async () => {
  await database?.close();
  rmSync(folder, { recursive: true, force: true });
});

const MODELS: [id: string, role: ModelRole][] = [
  ['melody', 'melody'],
  ['other', 'melody'],
  ['accompaniment', 'accompaniment'],
  ['improv', 'improv'],
];

/** Says what seed, model and the number of the request have drawn, as the engine does; each step when `wait` lets it. */
class ScriptedEngine implements Engine {
  wait: () => Promise<void> = () => Promise.resolve();

  open({ model, seed }: { model: string; seed: number }): EngineSession {
    let requests = 0;
    const { wait } = this;
    return {
      model,
      async *generate({ steps, allowedPitches }: GenerationRequest, signal) {
        const random = createRandom(seed + 1000 * ++requests + model.length);
        for (let step = 0; step < steps; step++) {
          await wait();
          if (signal?.aborted) return;
          if (random.next() < 0.006) throw new Error('the runner died');
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
      runner: 'script',
      reason: 'a test',
    }));
  }

  add = () => Promise.reject(new Error('never asked'));
  close = async () => {};
}

interface Booth {
  clock: VirtualClock;
  engine: ScriptedEngine;
  stations: Stations;
  station: Station;
  reruns: Reruns;
  duets: Duets;
  report: (event: PlayedEvent) => void;
  /** Ends the session, and answers its id once all of it is on the record. */
  end: () => Promise<string>;
}

/** A booth with one station, which plays its plans and reports them as a real one does. */
async function openBooth(): Promise<Booth> {
  const clock = new VirtualClock(Date.now() + 0.123);
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
    idleMs: 3_600_000,
  });
  const runId = randomUUID();
  const reports: Promise<void>[] = [];
  let sequence = 0;
  let scheduler = idleScheduler;
  let callOff = () => {};
  const report = (event: PlayedEvent) =>
    void reports.push(stations.played(station, runId, { sequence: ++sequence, events: [event] }));
  const sound = (actions: PlayerAction[]) => {
    for (const action of actions) if (action.voice !== 'click') report({ ...action, player: 'machine' });
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
    capabilities: [],
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
    reruns: new Reruns(duets, engine, clock),
    duets,
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
async function visit({ clock, report }: Booth, seed: number, forMs: number): Promise<void> {
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

/** A session in which everything happens that a mode can hear of. */
async function eventfulSession(booth: Booth, seed: number): Promise<string> {
  const { clock, engine, stations, station } = booth;
  const random = createRandom(seed);
  engine.wait = () => clock.sleep(random.next() * 12);
  const assign = (mode: string, params: Record<string, unknown>) =>
    stations.assign(station, { mode, params });
  await assign('call-and-response', { tempo: 'tapped' });
  await visit(booth, seed, 6_000);
  for (const action of ['tap', 'endCall', 'tap', 'mutate', 'tap', 'loop'] as const) {
    stations.act(station, action);
    await clock.run(clock.nowMs() + 430);
  }
  await visit(booth, seed + 1, 5_000);
  stations.act(station, 'solo');
  await clock.run(clock.nowMs() + 5_000);
  stations.act(station, 'solo');
  await assign('call-and-response', { tempo: 'booth', temperature: 1.7, responseBars: '2', metronome: 'on' });
  await visit(booth, seed + 2, 6_000);
  await stations.setBoothTempo(97);
  stations.clockHeard(station, { tempoBpm: 133, originMs: clock.nowMs() - 512.3 });
  await assign('call-and-response', { tempo: 'midiClock', overlap: true });
  await visit(booth, seed + 3, 6_000);
  stations.panic(station);
  await visit(booth, seed + 4, 5_000);
  await assign('accompaniment', { listenBeats: 4 });
  await visit(booth, seed + 5, 9_000);
  stations.act(station, 'mute');
  stations.act(station, 'mute');
  await assign('morphing', { passes: 0 });
  await visit(booth, seed + 6, 8_000);
  await assign('lead', {});
  await visit(booth, seed + 7, 8_000);
  return booth.end();
}

const by = (player: string, events: readonly PlayedEvent[]) =>
  events.filter((event) => event.player === player).sort((a, b) => a.atMs - b.atMs);

describe('a recorded session', () => {
  it.each([1, 2, 3])('is run again to the same notes, whatever happened in it (seed %d)', async (seed) => {
    const booth = await openBooth();
    const id = await eventfulSession(booth, seed);
    const duet = await booth.duets.open(id);
    const rerun = await booth.reruns.run(id, null);
    expect(by('machine', duet.events).length).toBeGreaterThan(100);
    expect(by('machine', rerun.events)).toEqual(by('machine', duet.events));
    expect(rerun.log).toEqual((await booth.duets.log(id)).log);
    const types = new Set(rerun.log.entries.map(({ type }) => type));
    for (const type of [
      'action',
      'pulse',
      'wake',
      'asked',
      'generated',
      'generationFailed',
      'assigned',
      'panic',
      'ended',
    ])
      expect(types).toContain(type);
  });

  it('says of every step by which model it was generated and how probable it was', async () => {
    const booth = await openBooth();
    await visit(booth, 5, 6_000);
    const { seed, entries } = (await booth.duets.log(await booth.end())).log;
    const asked = entries.filter((entry) => entry.type === 'asked');
    expect(new Set(asked.map(({ model }) => model))).toEqual(new Set(['melody']));
    const said = (requestId: number) =>
      entries.flatMap((entry) =>
        entry.type === 'generated' && entry.requestId === requestId ? entry.steps : [],
      );
    const again = booth.engine.open({ model: 'melody', seed });
    for (const { requestId } of asked) {
      const steps = said(requestId);
      let step = 0;
      const request = { steps: steps.length, allowedPitches: null } as unknown as GenerationRequest;
      for await (const { logProbability } of again.generate(request))
        expect(steps[step++]?.logProbability).toBeCloseTo(logProbability, 3);
      expect(step).toBe(steps.length);
    }
  });

  it('is run again with another model, every time alike, in place of those of its role', async () => {
    const booth = await openBooth();
    const id = await eventfulSession(booth, 4);
    const duet = await booth.duets.open(id);
    const rerun = await booth.reruns.run(id, 'other');
    expect(await booth.reruns.run(id, 'other')).toEqual(rerun);
    expect(by('visitor', rerun.events)).toEqual(by('visitor', duet.events));
    expect(by('machine', rerun.events).length).toBeGreaterThan(100);
    expect(by('machine', rerun.events)).not.toEqual(by('machine', duet.events));
    const models = rerun.log.entries.flatMap((entry) => (entry.type === 'asked' ? [entry.model] : []));
    expect(new Set(models)).toEqual(new Set(['other', 'accompaniment', 'improv']));
  });

  it('cannot be run again with a model that is not there or of no use, or without a log', async () => {
    const booth = await openBooth();
    await visit(booth, 6, 3_000);
    const id = await booth.end();
    await expect(booth.reruns.run(id, 'none')).rejects.toMatchObject({ code: 'unknownModel' });
    await expect(booth.reruns.run(id, 'improv')).rejects.toMatchObject({ code: 'wrongModel' });
    await expect(booth.reruns.run(randomUUID(), null)).rejects.toMatchObject({ code: 'unknownDuet' });
    await database.pool.query('DELETE FROM session_log WHERE session_id = $1', [id]);
    await expect(booth.reruns.run(id, null)).rejects.toMatchObject({ code: 'noLog' });
  });
});
