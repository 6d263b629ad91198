import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASE_START_MS, openOwnDatabase } from '../storage/database.fixture.js';
import type { Database } from '../storage/database.js';
import { openBooth, type VirtualBooth } from './virtual-booth.js';

let database: Database;
beforeAll(async () => {
  database = await openOwnDatabase();
}, DATABASE_START_MS);
afterAll(() => database?.close());

const STEP_MS = 100;
const MODE = 'call-and-response';

async function call({ clock, report }: VirtualBooth): Promise<void> {
  for (const pitch of [60, 64, 67]) {
    report({ type: 'noteOn', pitch, velocity: 80, atMs: clock.nowMs(), player: 'visitor', voice: 'melody' });
    await clock.run(clock.nowMs() + 300);
    report({ type: 'noteOff', pitch, atMs: clock.nowMs(), player: 'visitor', voice: 'melody' });
    await clock.run(clock.nowMs() + 200);
  }
}

describe('a model and a temperature that are changed while the machine answers', () => {
  it('leave the answer under way to the old ones, and are those of the next', async () => {
    const booth = await openBooth(database);
    const { clock, engine, stations, station } = booth;
    engine.wait = () => clock.sleep(STEP_MS);
    await stations.assign(station, { mode: MODE, params: { tempo: 'fixed', temperature: 0.5 } });
    await call(booth);
    while (engine.asked.length === 0) await clock.run(clock.nowMs() + 10);
    await clock.run(clock.nowMs() + 5 * STEP_MS);
    await stations.assign(station, {
      mode: MODE,
      model: 'other',
      params: { tempo: 'fixed', temperature: 1.5 },
    });
    const startedMs = station.active?.session.startedMs ?? 0;
    const changedMs = clock.nowMs();
    await clock.run(changedMs + 8_000);
    const answeredMs = clock.nowMs();
    await call(booth);
    await clock.run(answeredMs + 8_000);
    const id = await booth.end();

    const asked = engine.asked.map(({ model, request: { temperature } }) => ({ model, temperature }));
    expect(asked).toEqual([
      { model: 'melody', temperature: 0.5 },
      { model: 'other', temperature: 1.5 },
    ]);
    const { seed, entries } = (await booth.duets.log(id)).log;
    const said = (requestId: number) =>
      entries.flatMap((entry) =>
        entry.type === 'generated' && entry.requestId === requestId
          ? entry.steps.map(({ event }) => event)
          : [],
      );
    for (const [i, { model, request }] of [...engine.asked].entries()) {
      const expected: number[] = [];
      for await (const { event } of engine.open({ model, seed }).generate(request)) expected.push(event);
      expect(said(i + 1), model).toEqual(expected);
    }
    const { events } = await booth.duets.open(id);
    const isHeard = events.some(
      ({ player, type, atMs }) =>
        player === 'machine' &&
        type === 'noteOn' &&
        atMs > changedMs - startedMs &&
        atMs < answeredMs - startedMs,
    );
    expect(isHeard).toBe(true);
  });
});
