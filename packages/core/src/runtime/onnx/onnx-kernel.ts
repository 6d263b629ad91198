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
import { stepByStep } from '../step-by-step.js';
import { DeviceRowMover, type RowMover } from './device-rows.js';
import { headOutput, networkGraph, nextName, stateParts } from './network-graph.js';

export type OnnxProvider = 'cpu' | 'cuda' | 'webgpu';

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
    ...(isOnDevice && {
      preferredOutputLocation: Object.fromEntries([
        ...headNames.map((name) => [name, 'cpu'] as const),
        ...nextNames.map((name) => [name, 'gpu-buffer'] as const),
      ]),
    }),
  });
  const mover: RowMover = isOnDevice ? await DeviceRowMover.create(parts, provider) : hostRowMover(sizes);

  const createRows = (size: number): Rows => {
    const zeroStates = (): Tensor[] =>
      parts.map(
        ({ shape }, i) =>
          new Tensor('float32', new Float32Array(size * (sizes[i] as number)), [size, ...shape]),
      );
    let states = zeroStates();
    /** In host memory a run writes into arrays that are used in turn: new ones would burden the garbage collector. */
    let spare = isOnDevice ? null : zeroStates();
    const logits = isOnDevice
      ? null
      : heads.map(({ classes }) => new Tensor('float32', new Float32Array(size * classes), [size, classes]));
    const replace = (next: Tensor[]) => {
      for (const tensor of states) if (tensor.location === 'gpu-buffer') tensor.dispose();
      states = next;
    };
    const run = async (steps: number, inputs: Float32Array, lengths: Int32Array): Promise<Float32Array[]> => {
      const feeds: Record<string, Tensor> = {
        x: new Tensor('float32', inputs, [steps, size, inputSize]),
        lengths: new Tensor('int32', lengths, [size]),
        ...named(partNames, states),
      };
      if (!spare || !logits) {
        const outputs = await session.run(feeds);
        replace(nextNames.map((name) => outputs[name] as Tensor));
        return headNames.map((name) => outputs[name]?.data as Float32Array);
      }
      await session.run(feeds, { ...named(nextNames, spare), ...named(headNames, logits) });
      [states, spare] = [spare, states];
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
        if (written !== states) replace(written);
      },
      dispose: () => replace([]),
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
