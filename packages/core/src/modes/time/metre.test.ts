/** The metre is changed while everybody plays: metronome and machine change it together, on a bar line. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../random.js';
import { TOLD_EARLY_MS } from '../../timing/pulse.js';
import type { ModeGenerationRequest } from '../index.js';
import { beginMode, type RunningMode } from '../run.js';
import { accompany, heard, inOrder, key, perform, type Scene, type TimedEvent } from '../virtual-time.js';

const UNTIL_MS = 30_000;
const SET_MS = 1_700;

/** The mode is told of other parameters at a time. */
function changed(
  id: string,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  setMs = SET_MS,
): RunningMode {
  const mode = beginMode(id, { tempo: 'fixed', metronome: 'on', ...before });
  let isSet = false;
  return Object.defineProperties(
    {
      step: (...[event, context]: Parameters<RunningMode['step']>) => {
        if (!isSet && context.nowMs >= setMs)
          mode.adjust({ tempo: 'fixed', metronome: 'on', ...before, ...after });
        isSet = context.nowMs >= setMs;
        return mode.step(event, context);
      },
    },
    { role: { get: () => mode.role } },
  ) as RunningMode;
}

const told: TimedEvent[] = [{ type: 'pulse', pulse: null, atMs: SET_MS }];
/** A chord on every quarter of 120 bpm from 1000 on. */
const quarters = (untilMs: number) =>
  Array.from({ length: (untilMs - 1000) / 500 }, (_, i) => 1000 + i * 500).flatMap((atMs) =>
    inOrder(...[60, 64, 67].map((pitch) => key(pitch, atMs, atMs + 400))),
  );

const clicksOf = (scene: Scene) =>
  heard(scene, UNTIL_MS).flatMap((action) =>
    action.type === 'noteOn' && action.voice === 'click' ? [action] : [],
  );
const barsOf = (scene: Scene) =>
  clicksOf(scene).flatMap(({ atMs, velocity }) => (velocity === 100 ? [atMs] : []));

describe('another tempo of the band', () => {
  it.each([100, 132, 150])(
    'is taken over by the accompaniment, and its bar lines with it: %d bpm',
    (tempoBpm) => {
      const random = createRandom(1);
      const beatMs = 60_000 / tempoBpm;
      const tune = Array.from({ length: 30 }, (_, i) => 7000 + i * beatMs).flatMap((atMs) =>
        key(60, atMs, atMs + 0.8 * beatMs),
      );
      const scene = perform(
        () => beginMode('accompaniment', { tempo: 'booth', metronome: 'on', listenBeats: 4, chordBeats: 4 }),
        inOrder(
          [{ type: 'pulse', pulse: { tempoBpm: 120, originMs: 1000 }, atMs: 0 }],
          quarters(7000),
          [{ type: 'pulse', pulse: { tempoBpm, originMs: 7000 }, atMs: 7000 - TOLD_EARLY_MS }],
          tune,
        ),
        { seed: 1, generationMs: 20, untilMs: 19_000, model: (request) => accompany(request, random.next) },
      );
      const bars = barsOf(scene).map(Math.round);
      expect(bars).toContain(Math.round(7000 + 4 * beatMs));
      const basses = heard(scene, 19_000).flatMap(({ type, voice, atMs }) =>
        type === 'noteOn' && voice === 'bass' ? [Math.round(atMs)] : [],
      );
      const later = bars.filter((atMs) => atMs > 7000 + 7 * beatMs && atMs < 18_000);
      expect(later.length).toBeGreaterThan(2);
      for (const bar of later) expect(basses).toContain(bar);
    },
  );
});

describe('another metre', () => {
  it.each([
    ['4/4', '3/4', [1000, 3000, 5000, 7000, 8500, 10_000]],
    ['4/4', '2/4', [1000, 3000, 5000, 7000, 8000, 9000]],
    ['3/4', '4/4', [1000, 2500, 4000, 5500, 7000, 9000]],
    ['4/4', '6/8', [1000, 3000, 5000, 7000, 8500, 10_000]],
  ])('from %s to %s begins on a bar line of both', (before, after, bars) => {
    const scene = perform(
      () => changed('echo', { metre: before }, { metre: after }),
      inOrder(quarters(2000), told),
      {
        seed: 1,
        generationMs: 20,
        untilMs: UNTIL_MS,
      },
    );
    expect(barsOf(scene).slice(0, bars.length)).toEqual(bars);
    const beatMs = after === '6/8' ? 750 : 500;
    const later = clicksOf(scene).filter(({ atMs }) => atMs >= 7000 && atMs < 12_000);
    for (const [i, { atMs }] of later.entries()) expect(atMs).toBe(7000 + i * beatMs);
  });

  it('holds from the next phrase on where no beat is heard', () => {
    const scene = perform(
      () => changed('call-and-response', { metronome: 'off' }, { metre: '3/4' }),
      inOrder(told, key(60, 10_300, 10_500)),
      { seed: 1, generationMs: 20, untilMs: UNTIL_MS, model: ({ steps }) => Array(steps).fill(60) },
    );
    const first = heard(scene, UNTIL_MS).find(({ type }) => type === 'noteOn');
    expect(first?.atMs).toBe(10_300 + 1500);
  });

  it.each(['accompaniment', 'lead'])('is taken over by %s with the metronome', (id) => {
    const random = createRandom(1);
    const asked: { atMs: number; barSteps: number }[] = [];
    const scene = perform(
      () => changed(id, { listenBeats: 4, chordBeats: 4 }, { metre: '3/4' }),
      inOrder(quarters(20_000), told),
      {
        seed: 1,
        generationMs: 20,
        untilMs: 20_000,
        model: (request: ModeGenerationRequest) => {
          const { prompt, deadlineMs, stepsPerBar = 16 } = request;
          const leadMs = id === 'lead' ? 60 : 0;
          asked.push({ atMs: deadlineMs + leadMs - prompt.length * 125, barSteps: stepsPerBar });
          return id === 'lead'
            ? Array.from({ length: request.steps }, (_, i) => (i % 2 ? -2 : 72))
            : accompany(request, random.next);
        },
      },
    );
    const bars = barsOf(scene);
    expect(bars.filter((atMs) => atMs >= 7000).slice(0, 3)).toEqual([7000, 8500, 10_000]);
    const metres = asked.map(({ barSteps }) => barSteps);
    const firstNew = metres.indexOf(12);
    expect(firstNew).toBeGreaterThan(0);
    expect(metres.slice(firstNew).every((steps) => steps === 12)).toBe(true);
    for (const { atMs, barSteps } of asked) {
      const bar = (atMs - 7000) / (barSteps * 125);
      expect(bar, `a prompt from ${atMs} on`).toBeCloseTo(Math.round(bar), 6);
    }
    if (id === 'lead') return;
    const basses = heard(scene, 20_000).flatMap(({ type, voice, atMs }) =>
      type === 'noteOn' && voice === 'bass' ? [Math.round(atMs)] : [],
    );
    for (const bar of bars.filter((atMs) => atMs > 9000 && atMs < 19_000)) expect(basses).toContain(bar);
  });

  it('is taken over by the next pass of a melody, from its bar line on', () => {
    const passes: number[] = [];
    const scene = perform(
      () => changed('morphing', { passes: 0, closeness: 1, bassLoudness: 0 }, { metre: '3/4' }, 5_600),
      inOrder(key(60, 1000, 1400), key(62, 1500, 1900), key(64, 2000, 2400), key(30, 5_600, 5_600).slice(1)),
      { seed: 1, generationMs: 20, untilMs: 20_000 },
    );
    for (const { type, voice, pitch, atMs } of heard(scene, 20_000))
      if (type === 'noteOn' && voice === 'melody' && pitch === 60) passes.push(Math.round(atMs));
    const bars = barsOf(scene);
    for (const atMs of passes) expect(bars).toContain(atMs);
    expect(passes.filter((atMs) => atMs > 8000).length).toBeGreaterThan(2);
  });

  it('keeps the swing when it leaves 6/8', () => {
    const passes: number[] = [];
    const scene = perform(
      () =>
        changed(
          'morphing',
          { passes: 0, closeness: 1, bassLoudness: 0, metre: '6/8', swing: 66 },
          { metre: '4/4' },
        ),
      inOrder(key(60, 1000, 1200), key(62, 1250, 1400), told),
      { seed: 1, generationMs: 20, untilMs: 20_000 },
    );
    for (const { type, voice, pitch, atMs } of heard(scene, 20_000))
      if (type === 'noteOn' && voice === 'melody' && pitch === 62) passes.push(Math.round(atMs) % 500);
    expect(passes[0]).toBe(250);
    expect(passes.at(-1)).toBe(330);
  });

  it('lets an answer that has begun go on in its beats, also when the pulse moves', () => {
    const scene = perform(
      () =>
        changed(
          'call-and-response',
          { tempo: 'midiClock', metronome: 'off', responseBars: '4' },
          { metre: '3/4' },
          4_100,
        ),
      inOrder([{ type: 'pulse', pulse: { tempoBpm: 120, originMs: 0 }, atMs: 0 }], key(60, 2000, 2300), [
        { type: 'pulse', pulse: { tempoBpm: 120, originMs: 40 }, atMs: 7_600 },
      ]),
      {
        seed: 1,
        generationMs: 20,
        untilMs: UNTIL_MS,
        model: ({ steps }) => Array.from({ length: steps }, (_, i) => (i % 4 ? -2 : 60)),
      },
    );
    const onsets = heard(scene, UNTIL_MS).flatMap(({ type, atMs }) => (type === 'noteOn' ? [atMs] : []));
    expect(onsets).toEqual(Array.from({ length: 16 }, (_, i) => 4000 + i * 500 + (i < 8 ? 0 : 40)));
  });

  it('is taken over after a pause', () => {
    const asked: number[] = [];
    perform(
      () =>
        changed('accompaniment', { listenBeats: 4, metronome: 'off' }, { metronome: 'off', metre: '3/4' }),
      inOrder(
        quarters(4000).filter(({ atMs }) => atMs < 3000),
        told,
        quarters(16_000).filter(({ atMs }) => atMs > 9000),
      ),
      {
        seed: 1,
        generationMs: 20,
        untilMs: 20_000,
        model: (request) => {
          asked.push(request.stepsPerBar ?? 16);
          return accompany(request, createRandom(1).next);
        },
      },
    );
    expect(asked.at(-1)).toBe(12);
  });
});
