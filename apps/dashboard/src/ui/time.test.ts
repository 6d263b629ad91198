import { describe, expect, it } from 'vitest';
import { ago } from './time.js';

describe('how long ago', () => {
  const nowMs = Date.parse('2026-11-21T10:00:00Z');
  it.each([
    ['2026-11-21T10:00:05Z', 'now'],
    ['2026-11-21T09:59:59Z', 'now'],
    ['2026-11-21T09:59:48Z', '12 s ago'],
    ['2026-11-21T09:55:10Z', '4 min ago'],
  ])('%s is %s', (iso, words) => {
    expect(ago(iso, nowMs)).toBe(words);
  });

  it('becomes a time of day after an hour', () => {
    expect(ago('2026-11-21T08:00:00Z', nowMs)).toMatch(/\d:00/);
  });
});
