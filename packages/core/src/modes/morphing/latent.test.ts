import { describe, expect, it } from 'vitest';
import {
  HOLD,
  type KeyedMelody,
  keyOf,
  type MelodyEvent,
  OFF,
  quantize,
  relativeDistance,
  soundsOfLine,
  topLine,
} from '../../music/index.js';
import { createRandom } from '../../random.js';
import type { GeneratedStep, ModeGenerationRequest } from '../mode.js';
import { beginMode } from '../run.js';
import {
  accompany,
  inOrder,
  key,
  notesOf,
  type Performance,
  perform,
  type Scene,
  type TimedEvent,
} from '../virtual-time.js';
import { boundOf } from './bound.js';

const START_MS = 1000;
const STEP_MS = 125;
const TUNE = [60, 62, 64, 65, 67, 65, 64, 62, 60, 64, 67, 72, 67, 64, 62, 60];
const OTHER = [72, 71, 69, 67, 65, 64, 62, 60];

/** Quarters, one after the other. */
const played = (tune: readonly number[], startMs = START_MS): TimedEvent[] =>
  tune.flatMap((pitch, i) => key(pitch, startMs + i * 500, startMs + i * 500 + 495));

type Said = (request: ModeGenerationRequest) => (MelodyEvent | GeneratedStep)[] | Error;

const play = (
  params: Record<string, unknown>,
  events: TimedEvent[],
  latent: Said,
  options: Partial<Performance> = {},
): Scene => {
  const random = createRandom(7).next;
  return perform(() => beginMode('morphing', { tempo: 'fixed', strategy: 'latent', ...params }), events, {
    seed: 1,
    generationMs: 150,
    untilMs: 100_000,
    model: (request) => (request.role === 'latent' ? latent(request) : accompany(request, random)),
    ...options,
  });
};

/** Seven melodies: so many of the first eight onsets of the first, one more each time, are a tone higher. */
const rising: Said = ({ prompt, steps }) => {
  const first = prompt.slice(0, prompt.length / 2);
  return Array.from({ length: steps / first.length }, (_, i) =>
    first.map((event, step) => (event >= 0 && step / 4 <= i ? event + 2 : event)),
  ).flat();
};

const asked = (scene: Scene) =>
  scene.effects.flatMap(({ atMs, effect }) =>
    effect.type === 'generate' && effect.request.role === 'latent' ? [{ atMs, ...effect.request }] : [],
  );
const remarks = (scene: Scene) =>
  scene.effects.flatMap(({ effect }) =>
    effect.type === 'notice' || effect.type === 'info' ? [effect.message ?? ''] : [],
  );

/** The melody of each pass of `bars`, as it is first planned. */
function passesOf({ effects }: Scene, bars: number): KeyedMelody[] {
  const begun = effects.filter(
    ({ effect }, i) =>
      effect.type === 'plan' &&
      effects
        .slice(i, i + 2)
        .some(({ effect }) => effect.type === 'info' && /^pass/.test(effect.message ?? '')),
  );
  return begun.map(({ effect }) => {
    const notes = notesOf({ effects: [{ atMs: 0, effect }] }).filter(({ voice }) => voice === 'melody');
    const bar = 16 * STEP_MS;
    const originMs = Math.floor(((notes[0]?.onsetMs ?? 0) - START_MS + 1) / bar) * bar + START_MS;
    const line = topLine(quantize(notes, { originMs, tempoBpm: 120, beatsPerBar: 4 }));
    const sounds = soundsOfLine(line, 0);
    const length = sounds.reduce((sum, { steps }) => sum + steps, 0);
    return {
      sounds: length < bars * 16 ? [...sounds, { pitch: null, steps: bars * 16 - length }] : sounds,
      key: keyOf(line.map(({ pitch, startStep, endStep }) => ({ pitch, weight: endStep - startStep }))),
    };
  });
}

const pitchesOf = ({ sounds }: KeyedMelody) => sounds.flatMap(({ pitch }) => (pitch === null ? [] : [pitch]));
const theme: KeyedMelody = {
  sounds: TUNE.map((pitch) => ({ pitch, steps: 4 })),
  key: keyOf(TUNE.map((pitch) => ({ pitch, weight: 1 }))),
};

describe('morphing by a latent model', () => {
  it('asks while a pass is played, for seven melodies between the theme and a variation of it', () => {
    const scene = play({ passes: 3, closeness: 0.9 }, played(TUNE), rising);
    const requests = asked(scene);
    expect(requests).toHaveLength(2);
    for (const { prompt, steps, deadlineMs, atMs } of requests) {
      expect(prompt).toHaveLength(128);
      expect(prompt.slice(0, 64).filter((event) => event >= 0)).toEqual(TUNE);
      expect(prompt.slice(64)).not.toEqual(prompt.slice(0, 64));
      expect(steps).toBe(7 * 64);
      expect(deadlineMs).toBeGreaterThan(atMs + 1000);
    }
  });

  it.each([0.83, 0.67, 0.17])(
    'plays the furthest of them that closeness %d allows, after a first pass by rule',
    (closeness) => {
      const scene = play({ passes: 3, closeness }, played(TUNE), rising);
      const told = rising(asked(scene)[0] as ModeGenerationRequest) as MelodyEvent[];
      const distances = Array.from({ length: 7 }, (_, i) => {
        const pitches = told.slice(64 * i, 64 * i + 64).filter((event) => event >= 0);
        return relativeDistance(theme, {
          sounds: pitches.map((pitch) => ({ pitch, steps: 4 })),
          key: theme.key,
        });
      });
      const allowed = distances.filter((distance) => distance <= boundOf({ closeness }));
      const passes = passesOf(scene, 4);
      expect(passes).toHaveLength(3);
      expect(allowed.length).toBeGreaterThan(0);
      for (const pass of passes.slice(1)) {
        const distance = relativeDistance(theme, { ...pass, key: theme.key });
        expect(distance).toBeLessThanOrEqual(boundOf({ closeness }) + 1e-9);
        expect(distance).toBeCloseTo(Math.max(...allowed), 2);
      }
      expect(remarks(scene)[0]).toMatch(/^pass 1: \d/);
      expect(remarks(scene)[1]).toMatch(/^pass 2: by the model, \d+ % from the melody, at most \d+ %$/);
    },
  );

  it('goes on by rule within the bound where every melody is too far, silent, or comes too late', () => {
    const far: Said = ({ steps }) =>
      Array.from({ length: steps }, (_, i) => (i % 2 ? 61 : 90) as MelodyEvent);
    const silent: Said = ({ steps }) => Array(steps).fill(OFF);
    for (const scene of [
      play({ passes: 3, closeness: 0.9 }, played(TUNE), far),
      play({ passes: 3, closeness: 0.9 }, played(TUNE), silent),
      play({ passes: 3, closeness: 0.9, bassLoudness: 0 }, played(TUNE), rising, { generationMs: 60_000 }),
    ]) {
      expect(remarks(scene).filter((message) => /^pass/.test(message))).toHaveLength(3);
      expect(remarks(scene).join()).not.toMatch(/by the model/);
      for (const pass of passesOf(scene, 4))
        expect(relativeDistance(theme, { ...pass, key: theme.key })).toBeLessThan(0.11);
    }
  });

  it('calls off what it waits for when the visitor plays', () => {
    const scene = play({ passes: 3, bassLoudness: 0 }, inOrder(played(TUNE), played(OTHER, 10_000)), rising, {
      generationMs: 30_000,
    });
    const first = scene.effects.find(({ effect }) => effect.type === 'generate');
    const id = first?.effect.type === 'generate' ? first.effect.requestId : null;
    expect(scene.effects).toContainEqual({ atMs: 10_000, effect: { type: 'cancel', requestId: id } });
  });

  it('says once that no model answers, goes on by rule, and takes up what one says later', () => {
    let asked = 0;
    const scene = play(
      { passes: 0, closeness: 0.9 },
      played(TUNE),
      (request) => (++asked < 4 ? new Error('this booth has no model for latent') : rising(request)),
      { untilMs: 60_000 },
    );
    expect(remarks(scene).filter((message) => /no melodies between two/.test(message))).toEqual([
      'no melodies between two could be generated (this booth has no model for latent); passes are varied by rule',
    ]);
    expect(scene.effects.filter(({ effect }) => effect.type === 'recovered')).toHaveLength(1);
    const passes = remarks(scene).filter((message) => /^pass/.test(message));
    expect(passes.length).toBeGreaterThan(5);
    expect(passes.map((message) => /by the model/.test(message))).toEqual(passes.map((_, i) => i >= 4));
  });

  it('on the way between two visitors plays the melody of the pass’s share, and ends with the new one', () => {
    const numbered: Said = ({ prompt, steps }) => {
      const length = prompt.length / 2;
      return Array.from({ length: steps }, (_, step) =>
        step % length === 0 ? 70 + Math.floor(step / length) : HOLD,
      );
    };
    const scene = play(
      { path: 'between', passes: 4 },
      inOrder(played(TUNE), played(OTHER, 45_000)),
      numbered,
    );
    const later = { effects: scene.effects.filter(({ atMs }) => atMs > 45_000) };
    const passes = passesOf(later, 4);
    expect(passes).toHaveLength(4);
    expect(passes.slice(1, 3).map(pitchesOf)).toEqual([[73], [75]]); // 2/4 and 3/4 of the way, in eighths
    expect(pitchesOf(passes[3] as KeyedMelody)).toEqual(OTHER);
    expect(asked(later)).toHaveLength(2);
  });

  it('asks nobody with strategy variation, nor where the melody comes back as it is', () => {
    expect(asked(play({ strategy: 'variation', passes: 3 }, played(TUNE), rising))).toEqual([]);
    expect(asked(play({ closeness: 1, passes: 3 }, played(TUNE), rising))).toEqual([]);
  });

  it('does the same when it is stopped and resumed between any two events', () => {
    const once = play({ passes: 4, path: 'drift' }, played(TUNE), rising);
    expect(play({ passes: 4, path: 'drift' }, played(TUNE), rising, { revive: true })).toEqual(once);
  });
});
