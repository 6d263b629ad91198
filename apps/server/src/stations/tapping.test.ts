/** The tempo is tapped at a station, and stays there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASE_START_MS, openOwnDatabase } from '../storage/database.fixture.js';
import type { Database } from '../storage/database.js';
import { openBooth, type VirtualBooth, visit } from './virtual-booth.js';

let database: Database;
beforeAll(async () => {
  database = await openOwnDatabase();
}, DATABASE_START_MS);
afterAll(() => database?.close());

/** 150 bpm. */
async function tapTempo({ clock, stations, station }: VirtualBooth) {
  for (let i = 0; i < 4; i++) {
    stations.act(station, 'tap');
    await clock.run(clock.nowMs() + 400);
  }
}

const beatOf = ({ station }: VirtualBooth) => station.active?.session.beat?.tempoBpm;

async function openTapped(): Promise<VirtualBooth> {
  const booth = await openBooth(database);
  await booth.stations.assign(booth.station, { mode: 'call-and-response', params: { tempo: 'tapped' } });
  return booth;
}

describe('a tapped tempo', () => {
  it('can be tapped before the first note, and is the tempo of what is then played', async () => {
    const booth = await openTapped();
    await tapTempo(booth);
    expect(booth.station.active).toBeNull();
    await booth.clock.run(booth.clock.nowMs() + 30_000);
    await visit(booth, 1, 2_000);
    expect(beatOf(booth)).toBeCloseTo(150, 6);
    await booth.end();
  });

  it.each<[string, (booth: VirtualBooth) => unknown]>([
    ['everything is forgotten', ({ stations, station }) => stations.act(station, 'clear')],
    ['panic', ({ stations, station }) => stations.panic(station)],
    [
      'another mode is assigned',
      ({ stations, station }) => stations.assign(station, { mode: 'echo', params: { tempo: 'tapped' } }),
    ],
    ['the session ends', ({ stations, station }) => stations.endSession(station)],
    ['a single tap', ({ stations, station }) => stations.act(station, 'tap')],
  ])('stays when %s', async (_name, happen) => {
    const booth = await openTapped();
    await visit(booth, 1, 1_000);
    await tapTempo(booth);
    await booth.clock.run(booth.clock.nowMs() + 5_000);
    await happen(booth);
    await booth.clock.run(booth.clock.nowMs() + 5_000);
    await visit(booth, 2, 1_000);
    expect(beatOf(booth)).toBeCloseTo(150, 6);
    await booth.end();
  });

  it('is on the record, so that a session runs again to the same notes', async () => {
    const booth = await openTapped();
    await tapTempo(booth);
    await visit(booth, 3, 6_000);
    await tapTempo(booth);
    await visit(booth, 4, 6_000);
    const id = await booth.end();
    const played = ({ events }: Awaited<ReturnType<typeof booth.duets.open>>) =>
      events.filter(({ player }) => player === 'machine');
    const duet = await booth.duets.open(id);
    expect(played(duet).length).toBeGreaterThan(4);
    const rerun = await booth.reruns.run(id, null);
    expect(rerun.events.filter(({ player }) => player === 'machine')).toEqual(played(duet));
  });

  it('is not heard where the tempo is not tapped', async () => {
    const booth = await openBooth(database);
    await booth.stations.assign(booth.station, { mode: 'echo', params: { tempo: 'fixed', tempoBpm: 100 } });
    await tapTempo(booth);
    await visit(booth, 1, 1_000);
    expect(beatOf(booth)).toBe(100);
    await booth.end();
  });
});
