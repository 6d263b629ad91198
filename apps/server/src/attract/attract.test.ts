/** Stations that nobody plays, with duets that were really played and recorded. */
import type { PlayedEvent } from '@antiphon/core/music';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openBooth, type VirtualBooth, visit } from '../stations/virtual-booth.js';
import { DATABASE_START_MS, openOwnDatabase } from '../storage/database.fixture.js';
import type { Database } from '../storage/database.js';
import { attractVisitors } from './attract.js';
import { Repertoire } from './repertoire.js';

const SECOND_MS = 1_000;
const AFTER_MS = 30 * SECOND_MS;

let database: Database;
beforeAll(async () => {
  database = await openOwnDatabase();
}, DATABASE_START_MS);
beforeEach(async () => {
  await database.prisma.session.deleteMany();
});
afterAll(() => database?.close());

/** A booth whose station plays by itself when nobody has played for a while. */
async function openQuietBooth() {
  const booth = await openBooth(database);
  const { clock, stations, duets, engine } = booth;
  const problems: string[] = [];
  const logger = pino({}, { write: (line: string) => void problems.push(JSON.parse(line).err.message) });
  const repertoire = new Repertoire({ duets, engine, clock });
  const stop = attractVisitors({ stations, repertoire, clock, logger, afterMs: AFTER_MS, drawSeed: () => 7 });
  return { ...booth, stop, problems };
}

/** A visitor's time at the station, as it is on the record. */
async function playDuet(booth: VirtualBooth): Promise<PlayedEvent[]> {
  await visit(booth, 3, 30 * SECOND_MS);
  await booth.clock.run(booth.clock.nowMs() + 20 * SECOND_MS);
  const { id } = booth.station.active?.session ?? { id: '' };
  await booth.stations.endSession(booth.station);
  return (await booth.duets.open(id)).events;
}

/** Lets time go on until it holds, a moment at a time: the database takes its own. */
async function runUntil({ clock }: VirtualBooth, holds: () => boolean): Promise<void> {
  const endMs = clock.nowMs() + 2 * AFTER_MS;
  while (!holds()) {
    if (clock.nowMs() > endMs) throw new Error('waited in vain');
    await clock.run(clock.nowMs() + 20);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const pressesOf = (events: readonly PlayedEvent[]) => events.filter(({ type }) => type === 'noteOn');
const isSounding = ({ sounded }: VirtualBooth) =>
  sounded.reduce((sum, { type }) => sum + (type === 'noteOn' ? 1 : -1), 0) > 0;

describe('a station that nobody plays', () => {
  it('plays a duet of the day again, quietly and at its own pace, though no model is there', async () => {
    const booth = await openQuietBooth();
    const duet = pressesOf(await playDuet(booth));
    booth.engine.models = () => [];
    const before = booth.sounded.length;
    await runUntil(booth, () => booth.sounded.length > before);
    const { plan } = booth.station;
    expect(plan.alone).toBe(true);
    expect(plan.notes.map(({ pitch }) => pitch).sort()).toEqual(
      duet.map((event) => ('pitch' in event ? event.pitch : -1)).sort(),
    );
    const startMs = plan.notes[0]?.onsetMs ?? 0;
    for (const [i, { onsetMs, velocity }] of plan.notes.entries()) {
      expect(onsetMs - startMs).toBeCloseTo((duet[i]?.atMs ?? 0) - (duet[0]?.atMs ?? 0), 3);
      expect(velocity).toBeLessThan(64);
    }
    expect(booth.problems).toEqual([]);
    booth.stop();
    await booth.end();
  });

  it('plays what a model makes up while there are no duets, no note of it for long', async () => {
    const booth = await openQuietBooth();
    await runUntil(booth, () => isSounding(booth));
    expect(booth.station.plan).toMatchObject({ alone: true });
    for (const { durationMs } of booth.station.plan.notes) expect(durationMs).toBeLessThanOrEqual(1_500);
    booth.stop();
    await booth.end();
  });

  it('is silent at the first key, before the server has heard of it, and none of it is in the duet that begins', async () => {
    const booth = await openQuietBooth();
    await playDuet(booth);
    const before = booth.sounded.length;
    await runUntil(booth, () => booth.sounded.length > before && isSounding(booth));
    const comesMs = booth.clock.nowMs();
    booth.report({
      player: 'visitor',
      voice: 'melody',
      type: 'noteOn',
      pitch: 60,
      velocity: 80,
      atMs: comesMs,
    });
    expect(isSounding(booth)).toBe(false);
    expect(booth.sounded.at(-1)?.atMs).toBe(comesMs);
    await booth.clock.run(comesMs + SECOND_MS);
    expect(isSounding(booth)).toBe(false);
    booth.stop();
    const id = await booth.end();
    const { duets } = await booth.duets.list({ cursor: null, limit: 10, stationId: booth.station.id });
    expect(duets).toHaveLength(2);
    const { events } = await booth.duets.open(id);
    const begun = events.filter(({ player, atMs }) => player === 'machine' && atMs <= SECOND_MS);
    expect(begun).toEqual([]);
    expect(pressesOf(events)[0]).toMatchObject({ player: 'visitor', pitch: 60 });
  });

  it('does not begin over somebody who came while the piece was looked for', async () => {
    const booth = await openQuietBooth();
    await booth.clock.run(booth.clock.nowMs() + AFTER_MS + SECOND_MS + 1); // it has been asked for, and the database answers later
    booth.report({
      player: 'visitor',
      voice: 'melody',
      type: 'noteOn',
      pitch: 60,
      velocity: 80,
      atMs: booth.clock.nowMs(),
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await booth.clock.run(booth.clock.nowMs() + SECOND_MS);
    expect(booth.station.plan.alone).toBeUndefined();
    booth.stop();
    await booth.end();
  });
});
