/** The network on ONNX Runtime. Its `run` blocks the thread it is called on, so it lives in a worker. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Architecture } from '../../models/architecture.js';
import {
  type Kernel,
  powerOfTwoFrom,
  type Rows,
  type RowsBatch,
  readRows,
  stateSizes,
  writeRows,
} from '../kernel.js';
import { ALL_ON_DEVICE, DeviceRowMover, type RowMover } from './device-rows.js';
import { freeTensors } from './free-tensors.js';
import { headOutput, networkGraph, nextName, stateParts } from './network-graph.js';
import { stepByStep } from './step-by-step.js';

export type OnnxProvider = 'cpu' | 'cuda' | 'webgpu';

/** Threads that share a run spin for each other, which is faster; going on after it they would take a processor from the thread that plays. */
const SLEEP_BETWEEN_RUNS = { force_spinning_stop: '1' };

/** Providers on which a run's output can stay on the device and be the next run's input. */
const KEEPS_STATE: readonly OnnxProvider[] = ['webgpu'];

export async function createOnnxKernel(architecture: Architecture, provider: OnnxProvider): Promise<Kernel> {
  const { inputSize, heads, attention } = architecture;
  const parts = stateParts(architecture);
  const sizes = stateSizes(architecture);
  const partNames = parts.map(({ name }) => name);
  const nextNames = partNames.map(nextName);
  const headNames = heads.map((_, i) => headOutput(i));
  const isOnDevice = KEEPS_STATE.includes(provider);
  const session = await InferenceSession.create(networkGraph(architecture), {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: { session: { ...SLEEP_BETWEEN_RUNS, ...(isOnDevice && ALL_ON_DEVICE) } },
    ...(isOnDevice && {
      preferredOutputLocation: Object.fromEntries([
        ...headNames.map((name) => [name, 'cpu'] as const),
        ...nextNames.map((name) => [name, 'gpu-buffer'] as const),
      ]),
    }),
  });
  const mover: RowMover = isOnDevice ? await DeviceRowMover.create(parts, provider) : hostRowMover(sizes);

  const createRows = (size: number): Rows => {
    let states: Tensor[] = parts.map(
      ({ shape }, i) =>
        new Tensor('float32', new Float32Array(size * (sizes[i] as number)), [size, ...shape]),
    );
    let logits: Tensor[] = [];
    const replaceStates = (next: Tensor[]) => {
      freeTensors(states);
      states = next;
    };
    const run = async (steps: number, inputs: Float32Array, lengths: Int32Array): Promise<Float32Array[]> => {
      const outputs = await session.run({
        x: new Tensor('float32', inputs, [steps, size, inputSize]),
        lengths: new Tensor('int32', lengths, [size]),
        ...named(partNames, states),
      });
      freeTensors(logits);
      logits = headNames.map((name) => outputs[name] as Tensor);
      replaceStates(nextNames.map((name) => outputs[name] as Tensor));
      return logits.map(({ data }) => data as Float32Array);
    };
    return {
      size,
      step: (batch: RowsBatch) =>
        attention
          ? stepByStep(batch, (inputs, active) => run(1, inputs, active))
          : run(batch.steps, batch.inputs, batch.lengths),
      read: (rows) => mover.read(states, rows),
      write: async (rows, values) => {
        const written = await mover.write(states, rows, values);
        if (written !== states) replaceStates(written);
      },
      dispose: () => replaceStates([]),
    };
  };

  return {
    name: `onnx (${provider})`,
    paddedSize: powerOfTwoFrom,
    createRows,
    async close() {
      await session.release();
      await mover.close();
    },
  };
}

function named(names: readonly string[], tensors: readonly Tensor[]): Record<string, Tensor> {
  return Object.fromEntries(names.map((name, i) => [name, tensors[i] as Tensor]));
}

function hostRowMover(sizes: readonly number[]): RowMover {
  const values = (states: readonly Tensor[]) => states.map(({ data }) => data as Float32Array);
  return {
    read: async (states, rows) => readRows(values(states), sizes, rows),
    write: async (states, rows, written) => {
      writeRows(values(states), sizes, { rows, states: written });
      return states as Tensor[];
    },
    close: async () => {},
  };
}
