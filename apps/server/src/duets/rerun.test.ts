/** Sessions played through the booth's own path, on a real PostgreSQL and in virtual time, and run again from their record. */
import { randomUUID } from 'node:crypto';
import { createRandom } from '@antiphon/core/models';
import type { PlayedEvent } from '@antiphon/core/music';
import type { GenerationRequest } from '@antiphon/core/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBooth, type VirtualBooth, visit } from '../stations/virtual-booth.js';
import { DATABASE_START_MS, openOwnDatabase } from '../storage/database.fixture.js';
import type { Database } from '../storage/database.js';

let database: Database;
beforeAll(async () => {
  database = await openOwnDatabase();
}, DATABASE_START_MS);
afterAll(() => database?.close());

/** A session in which everything happens that a mode can hear of. */
async function eventfulSession(booth: VirtualBooth, seed: number): Promise<string> {
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
    const booth = await openBooth(database, { seed });
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

  it('begins with the melody of the visitor before, who has gone, and is run again with it', async () => {
    const booth = await openBooth(database, { idleMs: 2_000 });
    const { clock, stations, station, report } = booth;
    const play = async (pitches: number[]) => {
      for (const pitch of pitches) {
        const key = { pitch, player: 'visitor', voice: 'melody' } as const;
        report({ ...key, type: 'noteOn', velocity: 80, atMs: clock.nowMs() });
        await clock.run(clock.nowMs() + 490);
        report({ ...key, type: 'noteOff', atMs: clock.nowMs() });
        await clock.run(clock.nowMs() + 10);
      }
    };
    const tune = [60, 62, 64, 65, 64, 62, 60, 60];
    const params = { path: 'between', tempo: 'fixed', tempoBpm: 120, passes: 2, bassLoudness: 0 };
    await stations.assign(station, { mode: 'morphing', params });
    await play([96, 95, 93, 91, 89, 88, 86, 84]);
    await clock.run(clock.nowMs() + 60_000);
    expect(station.active).toBeNull();
    await play(tune);
    await clock.run(clock.nowMs() + 10_500);
    const id = await booth.end();
    const duet = await booth.duets.open(id);
    const pitches = by('machine', duet.events).flatMap((event) =>
      event.type === 'noteOn' ? [event.pitch] : [],
    );
    const fromTheOneBefore = pitches.slice(0, -tune.length).filter((pitch) => pitch >= 84);
    expect(fromTheOneBefore.length).toBeGreaterThan(0);
    expect(pitches.slice(-tune.length)).toEqual(tune);
    const rerun = await booth.reruns.run(id, null);
    expect(by('machine', rerun.events)).toEqual(by('machine', duet.events));
  });

  it('says of every step by which model it was generated and how probable it was', async () => {
    const booth = await openBooth(database);
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
    const booth = await openBooth(database);
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
    const booth = await openBooth(database);
    await visit(booth, 6, 3_000);
    const id = await booth.end();
    await expect(booth.reruns.run(id, 'none')).rejects.toMatchObject({ code: 'unknownModel' });
    await expect(booth.reruns.run(id, 'improv')).rejects.toMatchObject({ code: 'wrongModel' });
    await expect(booth.reruns.run(randomUUID(), null)).rejects.toMatchObject({ code: 'unknownDuet' });
    await database.pool.query('DELETE FROM session_log WHERE session_id = $1', [id]);
    await expect(booth.reruns.run(id, null)).rejects.toMatchObject({ code: 'noLog' });
  });
});
