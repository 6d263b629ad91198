import { describe, expect, it } from 'vitest';
import { RollMemory } from './roll-memory.js';

const visitor = { player: 'visitor', voice: 'melody', pitch: 60 } as const;
const melody = { player: 'machine', voice: 'melody', pitch: 60 } as const;

describe('the roll’s memory', () => {
  it('lets a held note grow until it is released', () => {
    const memory = new RollMemory();
    memory.press(visitor, { velocity: 80, onsetMs: 1_000, endMs: null });
    expect(memory.notes(1_400)).toMatchObject([{ onsetMs: 1_000, durationMs: 400, planned: false }]);
    memory.release(visitor, 1_500);
    expect(memory.notes(9_000)).toMatchObject([{ durationMs: 500 }]);
  });

  it('shows a machine note whole before it ends, and cut where it was stopped', () => {
    const memory = new RollMemory();
    memory.press(melody, { velocity: 80, onsetMs: 1_000, endMs: 2_000 });
    expect(memory.notes(900)).toMatchObject([{ durationMs: 1_000, planned: true }]);
    memory.release(melody, 1_200);
    expect(memory.notes(1_300)).toMatchObject([{ durationMs: 200 }]);
    expect(memory.down(1_300).size).toBe(0);
  });

  it('knows whose hand is on a key, the visitor’s first', () => {
    const memory = new RollMemory();
    memory.press(visitor, { velocity: 80, onsetMs: 0, endMs: null });
    memory.press(melody, { velocity: 80, onsetMs: 0, endMs: 500 });
    expect(memory.down(100).get(60)).toBe('visitor');
    memory.release(visitor, 200);
    expect(memory.down(300).get(60)).toBe('machine');
    expect(memory.down(600).size).toBe(0);
  });

  it('forgets what is long past', () => {
    const memory = new RollMemory();
    memory.press(melody, { velocity: 80, onsetMs: 0, endMs: 100 });
    expect(memory.notes(10_000)).toHaveLength(1);
    expect(memory.notes(60_000)).toHaveLength(0);
  });
});
