/** Table 1: generated steps a second, sampling included, against a bare ONNX Runtime step and against Magenta.js, one session at a time. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import type { Model } from '@antiphon/core/models';
import { writeCheckpoint } from '@antiphon/core/models';
import { type Backend, createOnnxKernel, stateSizes } from '@antiphon/core/runtime';
import { openBatcher, requestFor } from './engines.js';
import { randomCheckpoint, randomModel } from './networks.js';
import { median, round } from './statistics.js';

const SIZES = [
  [128, 128],
  [256, 256],
  [512, 512],
];
const SESSIONS = [1, 8, 32, 64, 128, 256];
const RUNNERS: Record<string, Backend> = {
  onnx: { library: 'onnx', provider: 'cpu' },
  tensorflow: { library: 'tensorflow' },
};
const REPEATS = 3;
const MUSIC_RNN_STEPS = 64;

export interface StepsRow {
  network: string;
  sessions: number;
  'onnx steps/s': number;
  'tensorflow steps/s': number;
  'bare ORT steps/s': number;
  'MusicRNN steps/s': number;
  'onnx / bare ORT': number;
  'onnx / MusicRNN': number;
}

export async function measureStepsPerSecond(): Promise<StepsRow[]> {
  const rows: StepsRow[] = [];
  for (const units of SIZES) {
    const model = randomModel(units);
    const musicRnn = await musicRnnStepsPerSecond(units);
    for (const sessions of SESSIONS) {
      const speed: Record<string, number> = {};
      // alternated, so that a busy moment of the machine strikes both
      const bare: number[] = [];
      const onnx: number[] = [];
      for (let i = 0; i < REPEATS; i++) {
        bare.push(await bareStepsPerSecond(model, sessions));
        onnx.push(await engineStepsPerSecond(model, RUNNERS.onnx as Backend, sessions));
      }
      speed.onnx = median(onnx);
      speed.tensorflow = await engineStepsPerSecond(model, RUNNERS.tensorflow as Backend, sessions);
      const bareSpeed = median(bare);
      rows.push({
        network: units.join('x'),
        sessions,
        'onnx steps/s': Math.round(speed.onnx),
        'tensorflow steps/s': Math.round(speed.tensorflow),
        'bare ORT steps/s': Math.round(bareSpeed),
        'MusicRNN steps/s': Math.round(musicRnn),
        'onnx / bare ORT': round(speed.onnx / bareSpeed),
        'onnx / MusicRNN': round(speed.onnx / musicRnn, 1),
      });
    }
  }
  return rows;
}

/** Fewer steps where a batch takes longer, but enough that starting up does not count. */
const stepsFor = (sessions: number) => Math.max(150, Math.min(1_000, Math.round(40_000 / sessions)));

async function engineStepsPerSecond(model: Model, backend: Backend, sessions: number): Promise<number> {
  const batcher = await openBatcher(model, { backend, maxBatch: 256 });
  const steps = backend.library === 'tensorflow' ? 16 : stepsFor(sessions);
  const opened = Array.from({ length: sessions }, (_, seed) => batcher.open(seed));
  const generate = async (count: number) => {
    await Promise.all(
      opened.map(async (session) => {
        for await (const _ of session.generate(requestFor([60], count)));
      }),
    );
  };
  await generate(40);
  const startMs = performance.now();
  await generate(steps);
  const seconds = (performance.now() - startMs) / 1000;
  await batcher.close();
  return (sessions * steps) / seconds;
}

/** What ONNX Runtime itself takes for a batch of exactly this size, fed the same arrays over and over, in this thread. */
async function bareStepsPerSecond(model: Model, sessions: number): Promise<number> {
  const kernel = await createOnnxKernel(model.architecture, 'cpu');
  const batch = {
    steps: 1,
    size: sessions,
    inputs: new Float32Array(sessions * model.architecture.inputSize),
    lengths: new Int32Array(sessions).fill(1),
    states: stateSizes(model.architecture).map((size) => new Float32Array(sessions * size)),
  };
  for (let i = 0; i < 40; i++) await kernel.run(batch);
  const steps = stepsFor(sessions);
  const startMs = performance.now();
  for (let i = 0; i < steps; i++) await kernel.run(batch);
  const seconds = (performance.now() - startMs) / 1000;
  await kernel.close();
  return (sessions * steps) / seconds;
}

async function musicRnnStepsPerSecond(units: number[]): Promise<number> {
  const { MusicRNN } = await import('@magenta/music/node/music_rnn.js');
  await useWebAssembly();
  const folder = await mkdtemp(join(tmpdir(), 'antiphon-bench-'));
  await writeCheckpoint(folder, randomCheckpoint(units));
  const server = createServer(async (request, response) =>
    response.end(await readFile(join(folder, request.url ?? ''))),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const rnn = new MusicRNN(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const sequence = {
    quantizationInfo: { stepsPerQuarter: 4 },
    totalQuantizedSteps: 1,
    notes: [{ pitch: 60, quantizedStartStep: 0, quantizedEndStep: 1 }],
  };
  const times: number[] = [];
  for (let i = 0; i < REPEATS + 1; i++) {
    const startMs = performance.now();
    await rnn.continueSequence(sequence, MUSIC_RNN_STEPS, 1);
    if (i > 0) times.push(performance.now() - startMs);
  }
  rnn.dispose();
  server.close();
  await rm(folder, { recursive: true });
  return (MUSIC_RNN_STEPS * 1000) / median(times);
}

/** Magenta.js runs on whatever TensorFlow.js is set to; this is the fastest that needs no native library. */
async function useWebAssembly(): Promise<void> {
  const require = createRequire(import.meta.url);
  const tf = require('@tensorflow/tfjs-core');
  const wasm = require('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  await tf.setBackend('wasm');
  await tf.ready();
}
