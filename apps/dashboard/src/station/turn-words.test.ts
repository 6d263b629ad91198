import { describe, expect, it } from 'vitest';
import { turnWords } from './turn-words.js';

describe('what a visitor is told', () => {
  it.each([
    ['visitor', 'Your turn'],
    ['listening', 'Listening …'],
    ['machine', 'My turn'],
  ] as const)('on the turn %s: %s', (turn, title) => {
    expect(turnWords({ link: { status: 'online' }, turn }, true)).toMatchObject({ title });
  });

  it('whoever’s turn it was, that they can play on while the machine is away', () => {
    for (const turn of ['visitor', 'listening', 'machine', 'together'] as const) {
      expect(turnWords({ link: { status: 'connecting' }, turn }, true).hint).toMatch(/back by myself/);
      expect(turnWords({ link: { status: 'connecting' }, turn }, false).hint).toMatch(/play already/);
    }
  });
});
