/** In which tempo a duet is exported: the one that it was played in. */
import { parseMidi } from 'midi-file';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBooth, type VirtualBooth } from '../stations/virtual-booth.js';
import { DATABASE_START_MS, openOwnDatabase } from '../storage/database.fixture.js';
import type { Database } from '../storage/database.js';
import { temposOf } from './tempos.js';

let database: Database;
beforeAll(async () => {
  database = await openOwnDatabase();
}, DATABASE_START_MS);
afterAll(() => database?.close());

/** Notes at places that are counted in quarters of `tempoBpm`. */
async function play({ clock, report }: VirtualBooth, tempoBpm: number): Promise<void> {
  const startMs = clock.nowMs();
  for (const place of [0, 1, 1.5, 2, 3, 3.5, 4, 5, 5.5, 6, 7]) {
    await clock.run(startMs + (place * 60_000) / tempoBpm);
    const key = { pitch: 60, player: 'visitor', voice: 'melody' } as const;
    report({ ...key, type: 'noteOn', velocity: 80, atMs: clock.nowMs() });
    await clock.run(clock.nowMs() + 80);
    report({ ...key, type: 'noteOff', atMs: clock.nowMs() });
  }
}

async function exported(booth: VirtualBooth, id: string): Promise<{ atMs: number; tempoBpm: number }[]> {
  const { header, tracks } = parseMidi((await booth.duets.midi(id)).bytes);
  let [atMs, msPerTick] = [0, 0];
  return (tracks[0] ?? []).flatMap((event) => {
    atMs += event.deltaTime * msPerTick;
    if (event.type !== 'setTempo') return [];
    msPerTick = event.microsecondsPerBeat / 1000 / (header.ticksPerBeat ?? 1);
    return [{ atMs, tempoBpm: 60_000_000 / event.microsecondsPerBeat }];
  });
}

describe('an exported duet', () => {
  it('is in the tempo that was followed, and changes with it', async () => {
    const booth = await openBooth(database);
    await booth.stations.assign(booth.station, { mode: 'echo', params: { tempoBpm: 120 } });
    await play(booth, 97);
    await booth.clock.run(booth.clock.nowMs() + 12_000);
    const laterMs = booth.clock.nowMs() - (booth.station.active?.session.startedMs ?? 0);
    await play(booth, 80);
    const tempos = await exported(booth, await booth.end());
    expect(tempos[0]?.tempoBpm).toBeCloseTo(97, 0);
    expect(tempos.at(-1)?.tempoBpm).toBeCloseTo(80, 0);
    for (const { atMs, tempoBpm } of tempos) if (tempoBpm < 90) expect(atMs).toBeGreaterThan(laterMs);
  });

  it('is in the tempo that was set where the tempo was fixed, and where there is no log', async () => {
    const booth = await openBooth(database);
    await booth.stations.assign(booth.station, { mode: 'echo', params: { tempo: 'fixed', tempoBpm: 111 } });
    await play(booth, 97);
    const id = await booth.end();
    const set = [{ atMs: 0, tempoBpm: expect.closeTo(111, 2) }];
    expect(await exported(booth, id)).toEqual(set);
    await database.pool.query('DELETE FROM session_log WHERE session_id = $1', [id]);
    expect(await exported(booth, id)).toEqual(set);
  });

  it('has no other tempo for a beat that moves, or is found a little differently', () => {
    const at = (atMs: number, tempoBpm: number) => ({ atMs, pulse: { tempoBpm, originMs: atMs } });
    const beats = [at(0, 120), at(10, 97), at(20, 97.3), at(30, 96.8), at(40, 104)];
    expect(temposOf(beats, { tempo: 'followed', tempoBpm: 120 })).toEqual([
      { atMs: 10, tempoBpm: 97 },
      { atMs: 40, tempoBpm: 104 },
    ]);
    expect(temposOf(beats, { tempo: 'tapped', tempoBpm: 120 })[0]).toEqual({ atMs: 0, tempoBpm: 120 });
  });
});
