import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import magenta from '@magenta/music/node/music_vae.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCheckpoint } from '../../models/checkpoint-folder.js';
import { latentCheckpoint } from '../../models/latent-checkpoint.fixture.js';
import { loadLatentModel } from '../../models/latent-model.js';
import { type ServedFolder, serveCheckpoint } from '../../models/serve-checkpoint.js';
import { HOLD, type MelodyEvent, OFF } from '../../music/melody.js';
import { type Engine, type GenerationRequest, plainRequest } from '../engine.js';
import { loadWebAssembly } from '../tensorflow/web-assembly.js';
import { type LatentEngine, withLatentModels } from './latent-engine.js';
import { joined, phrasesOf } from './phrases.js';

type Placed = [pitch: number, startStep: number, endStep: number];

const FIRST: Placed[] = [
  [60, 0, 4],
  [62, 4, 8],
  [64, 8, 14],
  [67, 16, 24],
  [60, 28, 32],
];
const SECOND: Placed[] = [
  [72, 2, 6],
  [71, 6, 8],
  [69, 8, 16],
  [65, 16, 18],
  [64, 20, 30],
];

const eventsOf = (notes: readonly Placed[], length = 32): MelodyEvent[] => {
  const events: MelodyEvent[] = Array(length).fill(HOLD);
  for (const [, , endStep] of notes) if (endStep < length) events[endStep] = OFF;
  for (const [pitch, startStep] of notes) events[startStep] = pitch;
  return events;
};
/** The notes of each melody of a length, the rests between them left open. */
const placedOf = (events: readonly MelodyEvent[]): Placed[] => {
  const notes: Placed[] = [];
  let open: Placed | null = null;
  events.forEach((event, step) => {
    if (event === HOLD) return;
    if (open) open[2] = step;
    open = event >= 0 ? [event, step, events.length] : null;
    if (open) notes.push(open);
  });
  return notes;
};

const request = (prompt: MelodyEvent[], steps: number): GenerationRequest => ({
  ...plainRequest(prompt, steps),
  temperature: 0,
  deadlineMs: Number.MAX_SAFE_INTEGER,
});

const others: Engine = {
  open: () => {
    throw new Error('another engine’s');
  },
  add: async () => {},
  remove: async () => {},
  models: () => [],
  close: async () => {},
};

let folder: string;
let served: ServedFolder;
let engine: LatentEngine;
/** In the order in which they were started. */
const threads: Worker[] = [];
const broken: string[] = [];
const failures: string[] = [];
const waits: number[] = [];
const batches: { size: number; steps: number; computeMs: number }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antiphon-latent-'));
  await writeCheckpoint(join(folder, 'whole'), latentCheckpoint(1));
  process.on('worker', (worker) => threads.push(worker));
  const halved = latentCheckpoint(2);
  halved.weights.delete('decoder/output_projection/bias');
  await writeCheckpoint(join(folder, 'halved'), halved);
  engine = await withLatentModels(others, {
    models: await Promise.all(['halved', 'whole'].map((name) => loadLatentModel(join(folder, name)))),
    observer: {
      begun: ({ queueMs }) => waits.push(queueMs),
      stepped: ({ size, steps, computeMs }) => batches.push({ size, steps, computeMs }),
      runnerFailed: ({ reason }) => failures.push(reason),
      shed: () => {},
    },
    nowMs: () => performance.now(),
    onBroken: ({ id }, reason) => broken.push(`${id}: ${reason}`),
  });
  served = await serveCheckpoint(folder);
}, 120_000);

afterAll(async () => {
  await engine?.close();
  served?.close();
  await rm(folder, { recursive: true, force: true });
});

async function ask(prompt: MelodyEvent[], steps: number): Promise<MelodyEvent[]> {
  const session = engine.open({ model: 'whole', seed: 1 });
  const events: MelodyEvent[] = [];
  try {
    for await (const { event, logProbability } of session.generate(request(prompt, steps))) {
      expect(logProbability).toBe(0);
      events.push(event);
    }
  } finally {
    session.close();
  }
  return events;
}

describe('a latent model in its thread', () => {
  it('answers what Magenta.js itself answers for the same melodies, every time', async () => {
    const tf = await loadWebAssembly();
    const oracle = new magenta.MusicVAE(`${served.url}/whole`);
    const sequence = (notes: Placed[]) => ({
      quantizationInfo: { stepsPerQuarter: 4 },
      totalQuantizedSteps: 32,
      notes: notes.map(([pitch, quantizedStartStep, quantizedEndStep]) => ({
        pitch,
        quantizedStartStep,
        quantizedEndStep,
      })),
    });
    const z = await oracle.encode([sequence(FIRST), sequence(SECOND)]);
    const ends = await z.array();
    const shares = [0.25, 0.5, 0.75];
    const points = shares.map((share) =>
      (ends[0] as number[]).map((from, i) => from + share * ((ends[1]?.[i] ?? 0) - from)),
    );
    const wanted = (await oracle.decode(tf.tensor2d(points))).map(({ notes }) =>
      (notes ?? []).map((note) => [note.pitch, note.quantizedStartStep, note.quantizedEndStep].map(Number)),
    );
    const told = await ask([...eventsOf(FIRST), ...eventsOf(SECOND)], 96);
    expect(told).toHaveLength(96);
    expect([0, 1, 2].map((i) => placedOf(told.slice(32 * i, 32 * i + 32)))).toEqual(wanted);
    expect(new Set(wanted.map((notes) => JSON.stringify(notes))).size).toBeGreaterThan(1);
    expect(wanted.flat().length).toBeGreaterThan(6);
    expect(await ask([...eventsOf(FIRST), ...eventsOf(SECOND)], 96)).toEqual(told);
    oracle.dispose();
  }, 60_000);

  it('finds between a melody and itself what it makes of that melody alone, phrase by phrase', async () => {
    const once = await ask([...eventsOf(FIRST), ...eventsOf(FIRST)], 64);
    expect(once.slice(0, 32)).toEqual(once.slice(32));
    const longer = [...eventsOf(FIRST), ...eventsOf(SECOND).slice(0, 16)];
    const told = await ask([...longer, ...longer], 48);
    expect(told).toHaveLength(48);
    expect(told.slice(0, 32)).toEqual(once.slice(0, 32));
  });

  it('measures how long a request waited for its turn, and how long the model took', async () => {
    waits.length = 0;
    batches.length = 0;
    const melody = [...eventsOf(FIRST), ...eventsOf(SECOND)];
    await Promise.all([ask(melody, 64), ask(melody, 64)]);
    expect(batches.map(({ size, steps }) => [size, steps])).toEqual([
      [1, 64],
      [1, 64],
    ]);
    const [first, second] = batches.map(({ computeMs }) => computeMs) as [number, number];
    expect(second).toBeGreaterThan(0);
    expect(waits).toHaveLength(2);
    expect(waits[1]).toBeGreaterThan(first / 2);
  });

  it('leaves out one that the library cannot run, and lists the other', () => {
    expect(broken).toEqual([expect.stringMatching(/^halved: halved: .*bias/)]);
    expect(engine.models()).toEqual([
      expect.objectContaining({ id: 'whole', role: 'latent', runner: 'Magenta.js on tfjs wasm' }),
    ]);
  });

  it.each([
    [[60, HOLD, HOLD], 3],
    [eventsOf(FIRST), 20],
    [[], 16],
  ])('refuses at once a prompt that is not two melodies, or less than whole ones', (prompt, steps) => {
    const session = engine.open({ model: 'whole', seed: 1 });
    expect(() => session.generate(request(prompt, steps))).toThrow(/two melodies of one length/);
    session.close();
  });

  it('answers the same from a new thread when its own dies', async () => {
    const prompt = [...eventsOf(FIRST), ...eventsOf(SECOND)];
    const expected = await ask(prompt, 32);
    const dying = ask(prompt, 32);
    await threads.at(-1)?.terminate();
    await expect(dying).rejects.toMatchObject({ code: 'runnerFailed' });
    expect(await ask(prompt, 32)).toEqual(expected);
    expect(failures).toEqual([expect.stringMatching(/^whole: its thread ended/)]);
  });

  it('is removed once nobody plays with it, and may be given again', async () => {
    const prompt = [...eventsOf(FIRST), ...eventsOf(SECOND)];
    const expected = await ask(prompt, 32);
    const session = engine.open({ model: 'whole', seed: 1 });
    await expect(engine.remove('whole')).rejects.toMatchObject({ code: 'modelInUse' });
    session.close();
    await engine.remove('whole');
    expect(engine.models()).toEqual([]);
    expect(() => session.generate(request(prompt, 32))).toThrow(/closed session/);
    await expect(session.fork(1)).rejects.toMatchObject({ code: 'sessionClosed' });
    expect(() => engine.open({ model: 'whole', seed: 1 })).toThrow('another engine’s');
    const model = await loadLatentModel(join(folder, 'whole'));
    const added = await Promise.allSettled([engine.add(model), engine.add(model)]);
    expect(added).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'modelExists' } }]);
    expect(await ask(prompt, 32)).toEqual(expected);
  });
});

describe('phrases of a model’s length', () => {
  const model = { steps: 4, range: { minPitch: 48, maxPitch: 83 } };
  it('strike again what was held into them, end with silence and stay in range', () => {
    const phrases = phrasesOf([60, HOLD, 100, HOLD, HOLD, 30], model);
    expect(phrases).toEqual([
      [60, HOLD, 76, HOLD],
      [76, 54, OFF, HOLD],
    ]);
    expect(
      joined(
        [
          [HOLD, 60, HOLD, HOLD],
          [HOLD, 62, OFF, HOLD],
        ],
        6,
      ),
    ).toEqual([OFF, 60, HOLD, HOLD, OFF, 62]);
  });
});

describe('a MusicVAE folder that does not fit', () => {
  const args = { minPitch: 48, maxPitch: 83, numSteps: 32 };
  it.each([
    [
      'drums',
      { dataConverter: { type: 'DrumsConverter', args } },
      /dataConverter.type: must be MelodyConverter/,
    ],
    [
      'odd',
      { dataConverter: { type: 'MelodyConverter', args: { ...args, numSteps: 30 } } },
      /numSteps: must be whole bars/,
    ],
    [
      'low',
      { dataConverter: { type: 'MelodyConverter', args: { ...args, minPitch: 40 } } },
      /fw.* has 62 rows; 70 belong there/,
    ],
    ['chords', { chordEncoder: 'PitchChordEncoder' }, /chordEncoder: chords are not asked/],
  ])('is named with its fault: %s', async (name, changes, fault) => {
    const { config, weights } = latentCheckpoint(1);
    await writeCheckpoint(join(folder, name), { config: { ...config, ...changes }, weights });
    const loading = loadLatentModel(join(folder, name));
    await expect(loading).rejects.toMatchObject({
      code: 'badCheckpoint',
      message: expect.stringMatching(fault),
    });
  });
});
