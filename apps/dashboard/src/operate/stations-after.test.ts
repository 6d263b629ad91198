import type { StationView } from '@antiphon/protocol';
import { describe, expect, it } from 'vitest';
import { byPresence, stationsAfter } from './stations-after.js';

const station = (id: string, link: StationView['link']): StationView => ({
  id,
  name: id,
  kind: 'browser',
  link,
  health: null,
  assignment: { mode: 'echo', params: {} },
  turn: 'visitor',
  lastNote: null,
  session: null,
  info: null,
  notices: [],
  controls: [],
  learning: null,
});
const online = { status: 'online', sinceMs: 0 } as const;
const seen = (lastSeenAt: string | null) => ({ status: 'offline', lastSeenAt }) as const;

describe('stations', () => {
  it('keep their place when one of them changes, and a new one comes last', () => {
    const all = [station('a', online), station('b', online)];
    expect(stationsAfter(all, station('a', seen(null))).map(({ id, link }) => [id, link.status])).toEqual([
      ['a', 'offline'],
      ['b', 'online'],
    ]);
    expect(stationsAfter(all, station('c', online)).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('are listed with those that are here first, then the latest seen', () => {
    const all = [
      station('never', seen(null)),
      station('old', seen('2026-11-20T10:00:00Z')),
      station('a', online),
      station('late', seen('2026-11-21T10:00:00Z')),
      station('b', online),
    ];
    expect(byPresence(all).map(({ id }) => id)).toEqual(['a', 'b', 'late', 'old', 'never']);
  });
});
