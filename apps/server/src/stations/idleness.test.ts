import type { Action } from '@antiphon/core/controls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASE_START_MS, openOwnDatabase } from '../storage/database.fixture.js';
import type { Database } from '../storage/database.js';
import { openBooth, visit } from './virtual-booth.js';

let database: Database;
beforeAll(async () => {
  database = await openOwnDatabase();
}, DATABASE_START_MS);
afterAll(() => database?.close());

const IDLE_MS = 45_000;
const SECOND_MS = 1_000;

describe('a session whose visitor has walked away', () => {
  it.each<[name: string, mode: string, params: Record<string, unknown>, action: Action | null]>([
    ['morphing has no end', 'morphing', { passes: 0 }, null],
    ['an answer is looped', 'call-and-response', {}, 'loop'],
    ['the machine plays solo', 'call-and-response', {}, 'solo'],
    ['a metronome clicks on', 'accompaniment', { metronome: 'on' }, null],
  ])('ends soon, also when %s', async (_name, mode, params, action) => {
    const booth = await openBooth(database, { idleMs: IDLE_MS });
    const { clock, stations, station } = booth;
    await stations.assign(station, { mode, params });
    await visit(booth, 1, 6 * SECOND_MS);
    if (action) stations.act(station, action);
    const leftMs = clock.nowMs();
    const { id } = station.active?.session ?? {};
    await clock.run(leftMs + IDLE_MS - 6 * SECOND_MS);
    expect(station.active?.session.id).toBe(id);
    await clock.run(leftMs + 2 * IDLE_MS);
    expect(station.active).toBeNull();
    await booth.end();
  });

  it('hears first what it has asked for, where that has an end', async () => {
    const booth = await openBooth(database, { idleMs: IDLE_MS });
    const { clock, stations, station } = booth;
    await stations.assign(station, { mode: 'morphing', params: { passes: 24 } });
    await visit(booth, 1, 6 * SECOND_MS);
    await clock.run(clock.nowMs() + 2 * IDLE_MS);
    expect(station.active?.session.turn).toBe('machine');
    await clock.run(clock.nowMs() + 600 * SECOND_MS);
    expect(station.active).toBeNull();
    await booth.end();
  });

  it('goes on while somebody still presses something', async () => {
    const booth = await openBooth(database, { idleMs: IDLE_MS });
    const { clock, stations, station } = booth;
    await visit(booth, 1, 6 * SECOND_MS);
    stations.act(station, 'solo');
    await clock.run(clock.nowMs() + IDLE_MS - 5 * SECOND_MS);
    stations.act(station, 'mutate');
    await clock.run(clock.nowMs() + IDLE_MS - 5 * SECOND_MS);
    expect(station.active).not.toBeNull();
    await booth.end();
  });
});
