import { describe, expect, it } from 'vitest';
import { play, randomModel, requestsOf, START_MS, scale, steady } from './scene.fixture.js';

describe('what the model is told', () => {
  it('tells the model plain chords under what was played while it listened', () => {
    const {
      prompt,
      chords = [],
      bass = [],
    } = requestsOf(play({}, steady([60, 62, 64, 65, 71, 74, 72, 72, 72])))[0] ?? {
      prompt: [],
    };
    expect(prompt).toHaveLength(24);
    expect([0, 8, 16].map((step) => chords[step])).toEqual(['C', 'C', 'G']);
    expect([0, 8, 16].map((step) => bass[step])).toEqual([36, 36, 43]);
  });

  it('asks at every 16th, half a step ahead, and tells the model one step more than before', () => {
    const requests = requestsOf(play({}, steady(scale(32))));
    const firstStep = 8 * 4 - 2 * 4; // two beats before it joins in
    for (const [i, request] of requests.entries()) {
      const step = firstStep + i;
      expect(request.atMs).toBeCloseTo(START_MS + (step - 0.5) * 125, 6);
      expect(request.prompt).toHaveLength(step);
      if (i > 0) expect(request.prompt.slice(0, -1)).toEqual(requests[i - 1]?.prompt);
      expect(request.steps).toBeGreaterThanOrEqual(16);
    }
    expect(requests.at(-1)?.prompt.slice(0, 8)).toEqual([60, -2, -2, -2, 62, -2, -2, -2]);
  });

  it('tells the model what was played and what is committed, and never otherwise later', () => {
    const requests = requestsOf(play({}, steady(scale(48)), { model: randomModel(1) }));
    for (const [i, { prompt, chords = [], bass = [] }] of requests.entries()) {
      expect(chords.length).toBeGreaterThanOrEqual(prompt.length);
      expect(bass).toHaveLength(chords.length);
      const next = requests[i + 1];
      if (prompt.length < 32 || !next) continue; // before that nothing of it sounds
      expect(next.chords?.slice(0, chords.length)).toEqual(chords);
      expect(next.bass?.slice(0, bass.length)).toEqual(bass);
    }
  });

  it('keeps what the model is told within 512 steps, cut on bar lines in blocks', () => {
    const requests = requestsOf(play({}, steady(scale(400)), { untilMs: 210_000 }));
    let cuts = 0;
    for (const [i, { prompt, chords = [] }] of requests.entries()) {
      expect(prompt.length).toBeLessThanOrEqual(512);
      expect(chords.length).toBeLessThan(512 + 32);
      const before = requests[i - 1]?.prompt ?? [];
      if (prompt.length > before.length) continue;
      cuts++;
      expect(before.length + 1 - prompt.length).toBe(256);
      expect(prompt.slice(0, -1)).toEqual(before.slice(256));
    }
    expect(cuts).toBe(5);
  });
});
