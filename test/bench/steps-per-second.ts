/**
 * Table 1: generated steps a second, sampling included, against a bare ONNX Runtime step, against the engine's kernel alone and against
 * Magenta.js, one session at a time.
 * All of them take turns, again and again, so that a busy moment of the machine strikes each alike; medians of the turns.
 */
import { setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Model } from '@antiphon/core/models';
import { serveCheckpoint, writeCheckpoint } from '@antiphon/core/models';
import {
  type Backend,
  createKernel,
  loadWebAssembly,
  networkGraph,
  nextName,
  plainRequest,
  stateParts,
} from '@antiphon/core/runtime';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { openHost } from './engines.js';
import type { Extent } from './extent.js';
import { randomCheckpoint, randomModel } from './networks.js';
import { median, percentile, round } from './statistics.js';

const TENSORFLOW: Backend = { library: 'tensorflow' };
const MUSIC_RNN_STEPS = 64;

export interface StepsRow {
  network: string;
  sessions: number;
  'engine steps/s': number;
  'engine step p99 ms': number;
  'tensorflow steps/s': number;
  'tensorflow step p99 ms': number;
  'bare ORT steps/s': number;
  'kernel steps/s': number;
  'MusicRNN steps/s': number;
  'engine / bare ORT': number;
  'engine / kernel': number;
  'engine / MusicRNN': number;
}

/** Something that generates: one turn answers its steps a second. */
interface Contender {
  turn(): Promise<number>;
  close(): Promise<void>;
}

export async function measureStepsPerSecond(backend: Backend, extent: Extent): Promise<StepsRow[]> {
  const rows: StepsRow[] = [];
  for (const units of extent.networks)
    for (const sessions of extent.sessions) {
      rows.push(await measureCell(units, { backend, sessions, extent }));
      console.log(Object.values(rows.at(-1) ?? {}).join('  '));
    }
  return rows;
}

interface Cell {
  backend: Backend;
  sessions: number;
  extent: Extent;
}

async function measureCell(units: number[], cell: Cell): Promise<StepsRow> {
  const { sessions, extent } = cell;
  const { warmUpRounds, rounds, restMs, turnMs } = extent;
  const model = randomModel(units);
  const stepTimes: number[] = [];
  const tensorflowTimes: number[] = [];
  const contenders: Contender[] = [
    await bareOrt(model, cell),
    await kernel(model, cell),
    await engine(model, { ...cell, stepTimes }),
    await engine(model, { ...cell, backend: TENSORFLOW, stepTimes: tensorflowTimes }),
    await musicRnn(units, turnMs),
  ];
  const speeds = contenders.map((): number[] => []);
  for (let round = 0; round < warmUpRounds + rounds; round++)
    for (const [i, contender] of contenders.entries()) {
      await sleep(restMs);
      const speed = await contender.turn();
      if (round >= warmUpRounds) speeds[i]?.push(speed);
      else for (const times of [stepTimes, tensorflowTimes]) times.length = 0;
    }
  for (const contender of contenders) await contender.close();
  const [bare, alone, ours, tensorflow, rnn] = speeds.map(median) as [number, number, number, number, number];
  return {
    network: units.join('x'),
    sessions,
    'engine steps/s': Math.round(ours),
    'engine step p99 ms': round(percentile(stepTimes, 0.99)),
    'tensorflow steps/s': Math.round(tensorflow),
    'tensorflow step p99 ms': round(percentile(tensorflowTimes, 0.99)),
    'bare ORT steps/s': Math.round(bare),
    'kernel steps/s': Math.round(alone),
    'MusicRNN steps/s': Math.round(rnn),
    'engine / bare ORT': round(ours / bare),
    'engine / kernel': round(ours / alone),
    'engine / MusicRNN': round(ours / rnn, 1),
  };
}

/** `stepTimes` gathers the time between the events of one session. */
async function engine(
  model: Model,
  { backend, sessions, extent, stepTimes }: Cell & { stepTimes: number[] },
): Promise<Contender> {
  const host = await openHost(model, { backend, maxBatch: 256 });
  const opened = Array.from({ length: sessions }, (_, seed) => host.open(seed));
  return {
    async turn() {
      const startMs = performance.now();
      const end = new AbortController();
      setMaxListeners(sessions, end.signal);
      let steps = 0;
      await Promise.all(
        opened.map(async (session, i) => {
          let lastMs: number | null = null;
          for await (const _ of session.generate(plainRequest([60], Number.MAX_SAFE_INTEGER), end.signal)) {
            steps++;
            if (i > 0) continue;
            const nowMs = performance.now();
            if (lastMs !== null) stepTimes.push(nowMs - lastMs);
            lastMs = nowMs;
            if (nowMs - startMs > extent.turnMs) end.abort();
          }
        }),
      );
      return (1000 * steps) / (performance.now() - startMs);
    },
    close: () => host.close(),
  };
}

/**
 * ONNX Runtime alone, on the engine's provider or else on the processor: a batch of exactly this size, its next state fed back as it comes,
 * in this thread.
 */
async function bareOrt({ architecture }: Model, { backend, sessions, extent }: Cell): Promise<Contender> {
  const session = await InferenceSession.create(networkGraph(architecture), {
    executionProviders: [backend.library === 'onnx' ? backend.provider : 'cpu'],
    logSeverityLevel: 3,
  });
  const zeros = (...shape: number[]) =>
    new Tensor('float32', new Float32Array(shape.reduce((a, b) => a * b)), shape);
  const parts = stateParts(architecture);
  const feeds: Record<string, Tensor> = {
    x: zeros(1, sessions, architecture.inputSize),
    lengths: new Tensor('int32', new Int32Array(sessions).fill(1), [sessions]),
    ...Object.fromEntries(parts.map(({ name, shape }) => [name, zeros(sessions, ...shape)])),
  };
  return {
    turn: () =>
      countSteps({ turnMs: extent.turnMs, stepsOfRun: sessions }, async () => {
        const outputs = await session.run(feeds);
        for (const { name } of parts) feeds[name] = outputs[nextName(name)] as Tensor;
      }),
    close: () => session.release(),
  };
}

/** The engine's own arithmetic with nothing around it: what batching, sampling and reporting are measured against. */
async function kernel({ architecture }: Model, { backend, sessions, extent }: Cell): Promise<Contender> {
  const kernel = await createKernel(architecture, backend);
  const rows = kernel.createRows(sessions);
  const batch = {
    steps: 1,
    inputs: new Float32Array(sessions * architecture.inputSize),
    lengths: new Int32Array(sessions).fill(1),
  };
  return {
    turn: () =>
      countSteps({ turnMs: extent.turnMs, stepsOfRun: sessions }, async () => {
        await rows.step(batch);
      }),
    close: () => kernel.close(),
  };
}

/** Steps a second of one turn of `run`, each of which makes `stepsOfRun`. */
async function countSteps(
  { turnMs, stepsOfRun }: { turnMs: number; stepsOfRun: number },
  run: () => Promise<void>,
): Promise<number> {
  const startMs = performance.now();
  let steps = 0;
  for (; performance.now() - startMs < turnMs; steps += stepsOfRun) await run();
  return (1000 * steps) / (performance.now() - startMs);
}

async function musicRnn(units: number[], turnMs: number): Promise<Contender> {
  const { MusicRNN } = await import('@magenta/music/node/music_rnn.js');
  await loadWebAssembly(); // Magenta.js runs on whatever TensorFlow.js is set to
  const folder = await mkdtemp(join(tmpdir(), 'antiphon-bench-'));
  await writeCheckpoint(folder, randomCheckpoint(units));
  const served = await serveCheckpoint(folder);
  const rnn = new MusicRNN(served.url);
  const sequence = {
    quantizationInfo: { stepsPerQuarter: 4 },
    totalQuantizedSteps: 1,
    notes: [{ pitch: 60, quantizedStartStep: 0, quantizedEndStep: 1 }],
  };
  return {
    turn: () =>
      countSteps({ turnMs, stepsOfRun: MUSIC_RNN_STEPS }, async () => {
        await rnn.continueSequence(sequence, MUSIC_RNN_STEPS, 1);
      }),
    async close() {
      rnn.dispose();
      served.close();
      await rm(folder, { recursive: true });
    },
  };
}
