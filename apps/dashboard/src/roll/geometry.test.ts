import { describe, expect, it } from 'vitest';
import { boxOf, glide, msAt, pitchRange, windowAround, xOf } from './geometry.js';

const view = { width: 1000, height: 120, fromMs: 0, toMs: 10_000, lowest: 60, highest: 71 };
const note = { pitch: 60, velocity: 80, onsetMs: 1000, durationMs: 500 };

describe('piano roll', () => {
  it('puts low notes at the bottom and later ones to the right', () => {
    expect(boxOf(note, view)).toEqual({ x: 100, y: 110, width: 50, height: 10 });
    expect(boxOf({ ...note, pitch: 71, onsetMs: 9000 }, view)).toMatchObject({ x: 900, y: 0 });
  });

  it('leaves out what lies outside, keeps what reaches in', () => {
    expect(boxOf({ ...note, onsetMs: -600 }, view)).toBeNull();
    expect(boxOf({ ...note, onsetMs: -400 }, view)).not.toBeNull();
    expect(boxOf({ ...note, onsetMs: 10_001 }, view)).toBeNull();
    expect(boxOf({ ...note, pitch: 72 }, view)).toBeNull();
  });

  it('shows the shortest note', () => {
    expect(boxOf({ ...note, durationMs: 0 }, view)?.width).toBeGreaterThan(0);
  });

  it('finds the time under a place again', () => {
    expect(msAt(xOf(4321, view), view)).toBeCloseTo(4321);
  });

  it.each([[[]], [[0]], [[127]], [[0, 127]], [[60, 61, 62]]])(
    'fits the pitches %j within the keyboard',
    (pitches) => {
      const notes = pitches.map((pitch) => ({ ...note, pitch }));
      const { lowest, highest } = pitchRange(notes, 24);
      expect(lowest).toBeGreaterThanOrEqual(0);
      expect(highest).toBeLessThanOrEqual(127);
      expect(highest - lowest).toBeGreaterThanOrEqual(Math.min(24, 127 - lowest));
      for (const pitch of pitches) expect(pitch >= lowest && pitch <= highest).toBe(true);
    },
  );

  it('glides to a new range at the same pace however often it is drawn', () => {
    const once = glide(0, 10, { elapsedMs: 100, halfLifeMs: 100 });
    let often = 0;
    for (let i = 0; i < 10; i++) often = glide(often, 10, { elapsedMs: 10, halfLifeMs: 100 });
    expect(once).toBeCloseTo(5);
    expect(often).toBeCloseTo(5);
    expect(glide(9.995, 10, { elapsedMs: 1, halfLifeMs: 100 })).toBe(10);
  });

  it('shows a window that follows the position and never leaves the duet', () => {
    expect(windowAround(0, 10_000, 60_000)).toEqual({ fromMs: 0, toMs: 10_000 });
    expect(windowAround(60_000, 10_000, 60_000)).toEqual({ fromMs: 50_000, toMs: 60_000 });
    const { fromMs, toMs } = windowAround(30_000, 10_000, 60_000);
    expect(fromMs < 30_000 && toMs > 30_000).toBe(true);
    expect(windowAround(2_000, 10_000, 4_000)).toEqual({ fromMs: 0, toMs: 4_000 });
    expect(windowAround(0, 10_000, 0).toMs).toBeGreaterThan(0);
  });
});
