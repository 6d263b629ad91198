/** What operators are told of a station: what goes wrong for as long as it matters, and beside it how it goes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASE_START_MS, openOwnDatabase } from '../storage/database.fixture.js';
import type { Database } from '../storage/database.js';
import { Remarks } from './remarks.js';
import { openBooth, visit } from './virtual-booth.js';

describe('remarks', () => {
  const of = (...said: [atMs: number, remark: Parameters<Remarks['take']>[0]][]) => {
    const remarks = new Remarks();
    for (const [atMs, remark] of said) remarks.take(remark, atMs);
    return remarks;
  };
  const late = { type: 'notice', message: 'late' } as const;
  const silent = { type: 'notice', message: 'no model', lasts: true } as const;
  const pass = { type: 'info', message: 'pass 1' } as const;

  it('of how it goes leave what went wrong where it is', () => {
    const { info, notices } = of([0, late], [1, silent], [2, pass]);
    expect(info).toBe('pass 1');
    expect(notices).toEqual(['no model', 'late']);
  });

  it('of what went wrong once are gone after a minute, unless it went wrong again', () => {
    const remarks = of([0, late], [0, silent], [30_000, late]);
    expect(remarks.expire(89_999)).toBe(false);
    expect(remarks.notices).toContain('late');
    expect(remarks.expire(90_000)).toBe(true);
    expect(remarks.expire(90_001)).toBe(false);
    expect(remarks.notices).toEqual(['no model']);
  });

  it('of what is wrong stay until it is right again', () => {
    const remarks = of([0, silent]);
    remarks.expire(3_600_000);
    expect(remarks.notices).toEqual(['no model']);
    remarks.take({ type: 'recovered' }, 3_600_000);
    expect(remarks.notices).toEqual([]);
  });
});

describe('a station', () => {
  let database: Database;
  beforeAll(async () => {
    database = await openOwnDatabase();
  }, DATABASE_START_MS);
  afterAll(() => database?.close());

  it('says how its passes go and, for a minute, that one of them had no bass', async () => {
    const booth = await openBooth(database);
    const { clock, stations, station } = booth;
    const seen: string[][] = [];
    stations.watch((changed) => seen.push(changed.view().notices));
    await stations.assign(station, { mode: 'morphing', params: { passes: 1 } });
    await visit(booth, 2, 2_000);
    await clock.run(clock.nowMs() + 10_000);
    expect(station.view().info).toMatch(/^pass 1: /);
    expect(station.view().notices).toEqual([expect.stringMatching(/^no bass could be generated/)]);
    await clock.run(clock.nowMs() + 60_000);
    expect(station.view().notices).toEqual([]);
    expect(seen.at(-1)).toEqual([]);
    await stations.assign(station, { mode: 'echo', params: {} });
    expect(station.view().info).toBeNull();
    await booth.end();
  });
});
