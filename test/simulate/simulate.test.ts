/** The measures against cases made by hand, and a duet of each scripted visitor that needs no model. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadModel } from '@antiphon/core/models';
import type { ModeGenerationRequest } from '@antiphon/core/modes';
import { isInKey } from '@antiphon/core/music';
import { type Engine, silentObserver, startEngine } from '@antiphon/core/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isrwOf, measure } from './measures.js';
import { playDuet, type Request } from './virtual-booth.js';
import { scriptedNames, scriptedVisitor } from './visitors.js';

const CHECKPOINTS = join(fileURLToPath(import.meta.resolve('@antiphon/core/models')), '../../../checkpoints');
const TICK_MS = 125;

/** Made for a tick, half a tick before it; there after `tookMs`, null for never; reaches `steps` ahead. */
function asked(tick: number, tookMs: number | null, steps = 16): Request {
  const atMs = (tick - 0.5) * TICK_MS;
  const deadlineMs = tick * TICK_MS;
  const request = { deadlineMs, steps, stepMs: TICK_MS / steps } as ModeGenerationRequest;
  return {
    atMs,
    respondedMs: null,
    answeredMs: tookMs === null ? null : atMs + tookMs,
    role: 'accompaniment',
    request,
  };
}

describe('the weighted in-time success rate', () => {
  it.each<[string, Request[], number | null]>([
    ['1 when every plan is there before its 16th', [0, 1, 2, 3].map((tick) => asked(tick, 20)), 1],
    [
      'less by 1/32 for each 16th that a plan has run ahead',
      [asked(0, 20), asked(1, 100)],
      (1 + 31 / 32) / 2,
    ],
    [
      'counted on while a request is under way',
      [asked(0, 20), asked(4, 20)],
      (1 + 31 / 32 + 30 / 32 + 29 / 32 + 1) / 5,
    ],
    ['0 where no plan was ever there', [asked(0, null), asked(1, 5000)], 0],
    ['0 beyond what a plan covers', [asked(0, 20, 1), asked(1, null, 1)], 1 / 2],
    ['nothing without requests', [], null],
  ])('is %s', (_name, requests, expected) => {
    const isrw = isrwOf({ requests });
    if (expected === null) expect(isrw).toBeNull();
    else expect(isrw).toBeCloseTo(expected, 9);
  });
});

describe('a simulated duet', () => {
  const engine = { models: () => [] } as unknown as Engine;
  it.each(scriptedNames)('echoes what was played note by note: %s', async (name) => {
    const visitor = scriptedVisitor(name);
    if (!visitor) throw new Error(`there is no visitor "${name}"`);
    const { events } = visitor;
    const duet = await playDuet({ engine, mode: 'echo', params: {}, events, seed: 1 });
    const measures = measure(duet, 'echo', { originMs: 0, tempoBpm: 120, beatsPerBar: 4 });
    expect(duet.machine.length).toBeGreaterThan(0);
    expect(measures).toMatchObject({ late: 0, stuck: 0, isrw: null, inChord: null });
    if (name === 'steady') expect(measures.distance).toBe(0);
  });

  it('is answered from the first notes on, and whole only later', async () => {
    const slow = {
      models: () => [{ id: 'melody', role: 'melody' }],
      open: () => ({
        model: 'melody',
        async *generate({ steps }: { steps: number }) {
          for (let step = 0; step < steps; step++) {
            await new Promise((resolve) => setTimeout(resolve, 2));
            yield { event: step % 2 ? -2 : 60, logProbability: 0 };
          }
        },
        close: () => {},
      }),
    } as unknown as Engine;
    const events = (scriptedVisitor('one key')?.events ?? []).slice(0, 8);
    const duet = await playDuet({ engine: slow, mode: 'call-and-response', params: {}, events, seed: 1 });
    const { responseMs, answerMs } = measure(duet, 'call-and-response', {
      originMs: 0,
      tempoBpm: 120,
      beatsPerBar: 4,
    });
    expect(answerMs).toHaveLength(1);
    expect(responseMs).toHaveLength(1);
    expect(responseMs[0]).toBeLessThan((answerMs[0] as number) / 2);
  });

  it('says what is missing when there is no model', async () => {
    const { events } = scriptedVisitor('steady') ?? { events: [] };
    const duet = await playDuet({ engine, mode: 'accompaniment', params: {}, events, seed: 1 });
    const said = duet.effects.flatMap(({ effect }) => (effect.type === 'notice' ? [effect.message] : []));
    expect(said).toEqual([expect.stringContaining('there is no model for accompaniment')]);
    expect(duet.machine).toEqual([]);
  });
});

describe('with the bundled models', () => {
  const BAR_MS = 2000;
  let engine: Engine;
  beforeAll(async () => {
    const models = await Promise.all(
      ['accompaniment', 'improv', 'melody'].map((id) => loadModel(join(CHECKPOINTS, id))),
    );
    engine = await startEngine({
      models,
      runner: 'auto',
      observer: silentObserver,
      nowMs: () => performance.now(),
      onBroken: ({ id }, reason) => expect.fail(`${id}: ${reason}`),
    });
  });
  afterAll(() => engine.close());
  const play = (mode: string, visitor: string) =>
    playDuet({ engine, mode, params: {}, events: scriptedVisitor(visitor)?.events ?? [], seed: 1 });

  it('accompanies in another key two bars after the visitor has gone there', async () => {
    const { machine } = await play('accompaniment', 'key change');
    const share = (tonic: number, fromBar: number, untilBar: number) => {
      const sounding = machine.filter(
        ({ onsetMs }) => onsetMs >= fromBar * BAR_MS && onsetMs < untilBar * BAR_MS,
      );
      expect(sounding.length).toBeGreaterThan(10);
      return (
        sounding.filter(({ pitch }) => isInKey(pitch, { tonic, scale: 'major' })).length / sounding.length
      );
    };
    expect(share(0, 2, 8)).toBeGreaterThan(0.8);
    expect(share(6, 10, 16)).toBeGreaterThan(0.8);
    expect(share(0, 10, 16)).toBeLessThan(0.5);
  });

  it.each(['chords', 'steady'])('leads through every bar, and in the key: %s', async (name) => {
    const { machine } = await play('lead', name);
    const bars = new Set(machine.map(({ onsetMs }) => Math.floor(onsetMs / BAR_MS + 1e-6)));
    for (let bar = 1; bar < 16; bar++) expect(bars).toContain(bar);
    const outside = machine.filter(({ pitch }) => !isInKey(pitch, { tonic: 0, scale: 'major' }));
    expect(outside.length / machine.length).toBeLessThan(0.15);
  });

  it.each(['call-and-response', 'morphing'])(
    'brings back every phrase, changed and in the key: %s',
    async (mode) => {
      const duet = await play(mode, 'long silences');
      const { late, stuck, distance } = measure(duet, mode, { originMs: 0, tempoBpm: 120, beatsPerBar: 4 });
      expect({ late, stuck }).toEqual({ late: 0, stuck: 0 });
      expect(distance).toBeGreaterThan(0.05);
      expect(distance).toBeLessThan(0.7);
      const answersMs = duet.effects.flatMap(({ atMs, effect }) =>
        effect.type === 'turn' && effect.turn === 'machine' ? [atMs] : [],
      );
      expect(answersMs).toHaveLength(4);
      for (const voice of mode === 'morphing' ? ['melody', 'bass'] : ['melody'])
        for (const atMs of answersMs) {
          const answer = duet.machine.filter(
            (note) => note.voice === voice && note.onsetMs >= atMs && note.onsetMs < atMs + 4 * BAR_MS,
          );
          expect(answer.length).toBeGreaterThan(1);
        }
      const outside = duet.machine.filter(({ pitch }) => !isInKey(pitch, { tonic: 0, scale: 'major' }));
      expect(outside.length / duet.machine.length).toBeLessThan(0.2);
      const said = duet.effects.flatMap(({ effect }) => (effect.type === 'notice' ? [effect.message] : []));
      expect(said.filter((message) => /generated|silence/.test(message))).toEqual([]);
    },
  );
});
