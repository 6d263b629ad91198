/** What becomes of the notes that a station reports, in time or not. */
import { randomUUID } from 'node:crypto';
import type { PlayedEvent } from '@antiphon/core/music';
import type { LogEntry } from '@antiphon/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASE_START_MS, openOwnDatabase } from '../storage/database.fixture.js';
import type { Database } from '../storage/database.js';
import { openBooth, type VirtualBooth, visit } from './virtual-booth.js';

let database: Database;
beforeAll(async () => {
  database = await openOwnDatabase();
}, DATABASE_START_MS);
afterAll(() => database?.close());

const DAY_MS = 86_400_000;

const press = (atMs: number, pitch = 60): PlayedEvent => ({
  player: 'visitor',
  voice: 'melody',
  type: 'noteOn',
  pitch,
  velocity: 80,
  atMs,
});

/** A station's run, which numbers its chunks. */
function runOf({ stations, station }: VirtualBooth) {
  const runId = randomUUID();
  return (sequence: number, ...events: PlayedEvent[]) =>
    stations.played(station, runId, { sequence, events });
}

async function recordOf(booth: VirtualBooth) {
  await booth.end();
  const { duets } = await booth.duets.list({ cursor: null, limit: 10, stationId: booth.station.id });
  return Promise.all(
    duets.map(async ({ id }) => ({
      duet: await booth.duets.open(id),
      heard: (await booth.duets.log(id)).log.entries.filter(({ type }) => type === 'noteOn') as (LogEntry & {
        type: 'noteOn';
      })[],
    })),
  );
}

describe('a key that is told', () => {
  it.each([
    ['at once', 0, true],
    ['seconds later', 4_900, true],
    ['when nobody waits for an answer any more', 5_100, false],
    ['a day later, from a journal', DAY_MS, false],
    ['by a clock that is a day ahead', -DAY_MS, true],
  ])('%s is recorded once, and heard where it can be answered', async (_name, lateMs, isHeard) => {
    const booth = await openBooth(database);
    const nowMs = booth.clock.nowMs();
    const tell = runOf(booth);
    await tell(1, press(nowMs - lateMs));
    expect(booth.station.active !== null).toBe(isHeard);
    if (isHeard) expect(booth.station.active?.session.startedMs).toBeLessThanOrEqual(nowMs);
    await tell(1, press(nowMs - lateMs));
    const records = await recordOf(booth);
    expect(records).toHaveLength(1);
    expect(records[0]?.duet.notes.visitor).toBe(1);
    expect(records[0]?.heard).toHaveLength(isHeard ? 1 : 0);
  });

  it('after others that were played later is heard in the order of time, and recorded as it was', async () => {
    const booth = await openBooth(database);
    const nowMs = booth.clock.nowMs();
    const tell = runOf(booth);
    await tell(1, press(nowMs - 1_000, 60));
    await tell(2, press(nowMs - 300, 64), press(nowMs - 700, 62));
    const [record] = await recordOf(booth);
    const times = record?.heard.map(({ atMs }) => atMs) ?? [];
    expect(times).toHaveLength(3);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(record?.duet.events.map((event) => 'pitch' in event && event.pitch)).toEqual([60, 62, 64]);
  });

  it('from a learned panic stops the machine, however late', async () => {
    const booth = await openBooth(database);
    const { clock, stations, station } = booth;
    stations.setControls(station, [{ source: { type: 'note', number: 36 }, target: { type: 'panic' } }]);
    await visit(booth, 1, 6_000);
    stations.act(station, 'loop');
    await clock.run(clock.nowMs() + 30_000);
    expect(station.active?.session.switches).toEqual(new Set(['loop']));
    await runOf(booth)(1, press(clock.nowMs() - 20_000, 36));
    expect(station.active?.session.switches).toEqual(new Set());
    expect(station.active?.session.plannedUntilMs).toBeLessThanOrEqual(clock.nowMs());
    const [record] = await recordOf(booth);
    expect(record?.duet.events.filter((event) => 'pitch' in event && event.pitch === 36)).toEqual([]);
  });

  it('makes music where the mode has nothing of what its key was learned for, and is released as it was pressed', async () => {
    const booth = await openBooth(database);
    const { clock, stations, station } = booth;
    const closeness = { type: 'parameter', name: 'closeness' } as const;
    stations.setControls(station, [{ source: { type: 'note', number: 36 }, target: closeness }]);
    const tell = runOf(booth);
    const release = (pitch: number): PlayedEvent => ({
      player: 'visitor',
      voice: 'melody',
      type: 'noteOff',
      pitch,
      atMs: clock.nowMs(),
    });
    const before = station.assignment.params;
    await tell(1, press(clock.nowMs(), 36));
    await stations.assign(station, { mode: 'morphing', params: { closeness: 0.5 } });
    await tell(2, release(36));
    await tell(3, press(clock.nowMs(), 36));
    expect(station.assignment.params).not.toMatchObject({ closeness: 0.5 });
    await stations.assign(station, { mode: 'call-and-response', params: before });
    await tell(4, release(36));
    const [record] = await recordOf(booth);
    const visitor = record?.duet.events.filter(({ player }) => player === 'visitor');
    expect(visitor?.map((event) => `${event.type} ${'pitch' in event && event.pitch}`)).toEqual([
      'noteOn 36',
      'noteOff 36',
    ]);
  });

  it('in another session than the one it was played in belongs to the former', async () => {
    const booth = await openBooth(database);
    const { clock, stations, station } = booth;
    const tell = runOf(booth);
    await tell(1, press(clock.nowMs(), 60));
    await clock.run(clock.nowMs() + 1_000);
    const playedMs = clock.nowMs();
    await stations.endSession(station);
    await clock.run(clock.nowMs() + 1_000);
    await tell(2, press(clock.nowMs(), 72));
    await tell(3, press(playedMs - 500, 62));
    const [second, first] = await recordOf(booth);
    const pitches = (record: typeof first) =>
      record?.duet.events.map((event) => 'pitch' in event && event.pitch);
    expect(pitches(first)).toEqual([60, 62]);
    expect(pitches(second)).toEqual([72]);
    expect(second?.heard).toHaveLength(1);
  });
});
