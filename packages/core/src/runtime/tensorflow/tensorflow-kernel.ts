/** The network on TensorFlow.js: the native library with a GPU, the native library without, or WebAssembly, whichever loads first. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setImmediate as immediately } from 'node:timers/promises';
import type * as TensorFlow from '@tensorflow/tfjs-core';
import {
  type Architecture,
  type Attention,
  attentionSize,
  FORGET_BIAS,
  type LstmLayer,
} from '../../models/architecture.js';
import {
  type Kernel,
  powerOfTwoFrom,
  type Rows,
  type RowsBatch,
  readRows,
  stateSizes,
  writeRows,
} from '../kernel.js';
import { loadWebAssembly } from './web-assembly.js';

const require = createRequire(import.meta.url);

type TensorFlowBackend = 'gpu' | 'native' | 'wasm';

export async function createTensorFlowKernel(architecture: Architecture): Promise<Kernel> {
  const { tf, backend } = await loadTensorFlow();
  const layers = architecture.layers.map((layer, depth) => {
    const inputs = depth === 0 ? architecture.inputSize : (architecture.layers[depth - 1] as LstmLayer).units;
    return {
      units: layer.units,
      kernel: tf.tensor2d(layer.kernel, [inputs + layer.units, 4 * layer.units]),
      bias: tf.tensor1d(layer.bias),
    };
  });
  const heads = architecture.heads.map(({ classes, kernel, bias }) => ({
    kernel: tf.tensor2d(kernel, [kernel.length / classes, classes]),
    bias: tf.tensor1d(bias),
  }));
  const forgetBias = tf.scalar(FORGET_BIAS);

  const attention =
    architecture.attention && attentionTensors(tf, architecture.attention, attentionSize(architecture));
  const affine = (kernel: TensorFlow.Tensor2D, bias: TensorFlow.Tensor1D, x: TensorFlow.Tensor) =>
    tf.add(tf.matMul(x as TensorFlow.Tensor2D, kernel), bias) as TensorFlow.Tensor2D;

  /** One step of the whole stack: the top's output and the next state. */
  const stepStack = (input: TensorFlow.Tensor2D, states: TensorFlow.Tensor2D[]) => {
    let x = input;
    const attended: TensorFlow.Tensor2D[] = [];
    const inner: TensorFlow.Tensor2D[] = [];
    if (attention)
      x = affine(
        attention.inputKernel,
        attention.inputBias,
        tf.concat([x, states.at(-2) as TensorFlow.Tensor2D], 1),
      );
    const cells = layers.flatMap(({ kernel, bias, units }, depth) => {
      const wrapper = depth === (attention?.layers ?? 0) - 1 ? attention : null;
      const h = states[2 * depth] as TensorFlow.Tensor2D;
      const c = states[2 * depth + 1] as TensorFlow.Tensor2D;
      const [cNext, hNext] = tf.basicLSTMCell(forgetBias, kernel, bias, x, c, h);
      x = hNext;
      inner.push(cNext, hNext);
      if (wrapper) {
        const batch = input.shape[0];
        const memory = tf.reshape(states.at(-1) as TensorFlow.Tensor2D, [
          batch,
          wrapper.length,
          units,
        ]) as TensorFlow.Tensor3D;
        const query = affine(wrapper.queryKernel, wrapper.queryBias, tf.concat(inner, 1));
        const keys = tf.reshape(
          tf.matMul(tf.reshape(memory, [-1, units]) as TensorFlow.Tensor2D, wrapper.keyKernel),
          memory.shape,
        );
        const matched = tf.tanh(tf.add(keys, tf.expandDims(query, 1)));
        const weights = tf.softmax(tf.sum(tf.mul(matched, wrapper.scoreVector), 2));
        const next = tf.sum(tf.mul(tf.expandDims(weights, 2), memory), 1) as TensorFlow.Tensor2D;
        x = affine(wrapper.outputKernel, wrapper.outputBias, tf.concat([hNext, next], 1));
        const kept = tf.slice(memory, [0, 1, 0], [-1, wrapper.length - 1, -1]);
        const remembered = tf.concat([kept, tf.expandDims(x, 1)], 1);
        attended.push(next, tf.reshape(remembered, [batch, -1]) as TensorFlow.Tensor2D);
      }
      return [hNext, cNext];
    });
    return { top: x, states: [...cells, ...attended] };
  };

  const sizes = stateSizes(architecture);
  const createRows = (size: number): Rows => {
    let states = sizes.map((width) => tf.zeros([size, width]) as TensorFlow.Tensor2D);
    const replace = (next: TensorFlow.Tensor2D[]) => {
      tf.dispose(states);
      states = next;
    };
    /** Takes one step of every row. A row that has taken all of its own keeps its state and `top`, its last output. */
    const advance = (inputs: Float32Array, isLeft: Uint8Array, top: TensorFlow.Tensor2D | null) => {
      const [nextTop, ...next] = tf.tidy(() => {
        const stepped = stepStack(tf.tensor2d(inputs, [size, architecture.inputSize]), states);
        if (!top || !isLeft.includes(0)) return [tf.clone(stepped.top), ...stepped.states]; // it may be one of the states
        const isActive = tf.tensor2d(isLeft, [size, 1], 'bool');
        return [
          tf.where(isActive, stepped.top, top),
          ...stepped.states.map((fresh, i) => tf.where(isActive, fresh, states[i] as TensorFlow.Tensor2D)),
        ];
      }) as [TensorFlow.Tensor2D, ...TensorFlow.Tensor2D[]];
      if (top) tf.dispose(top);
      replace(next);
      return nextTop;
    };
    /** Nothing leaves the device before the last step of a sequence. */
    const step = async ({ steps, inputs, lengths }: RowsBatch): Promise<Float32Array[]> => {
      const stride = inputs.length / steps;
      const take = (t: number, top: TensorFlow.Tensor2D | null) =>
        advance(
          inputs.subarray(t * stride, (t + 1) * stride),
          Uint8Array.from(lengths, (length) => Number(t < length)),
          top,
        );
      let top = take(0, null);
      for (let t = 1; t < steps; t++) top = take(t, top);
      const logits = tf.tidy(() => heads.map(({ kernel, bias }) => affine(kernel, bias, top)));
      tf.dispose(top);
      const values = await Promise.all(logits.map((tensor) => tensor.data<'float32'>()));
      tf.dispose(logits);
      await immediately(); // WebAssembly answers within the turn: whoever calls this thread must get theirs
      return values.map((read) => Float32Array.from(read));
    };
    return {
      size,
      step,
      async read(rows) {
        const taken = tf.tidy(() => states.map((state) => tf.gather(state, [...rows])));
        const values = await Promise.all(taken.map((tensor) => tensor.data<'float32'>()));
        tf.dispose(taken);
        return readRows(
          values,
          sizes,
          rows.map((_, k) => k),
        );
      },
      async write(rows, values) {
        const fresh = sizes.map((width) => new Float32Array(rows.length * width));
        writeRows(fresh, sizes, { rows: rows.map((_, k) => k), states: values });
        const from = Array.from({ length: size }, (_, row) => {
          const k = rows.indexOf(row);
          return k < 0 ? row : size + k;
        });
        replace(
          tf.tidy(() =>
            states.map((state, i) => {
              const written = tf.tensor2d(fresh[i] as Float32Array, [rows.length, sizes[i] as number]);
              return tf.gather(tf.concat([state, written], 0), from);
            }),
          ),
        );
      },
      dispose: () => replace([]),
    };
  };

  return {
    name: `tensorflow (${backend})`,
    paddedSize: powerOfTwoFrom,
    createRows,
    async close() {
      const { length: _, layers: __, ...wrapper } = attention ?? { length: 0, layers: 0 };
      tf.dispose([forgetBias, layers, heads, wrapper] as unknown as TensorFlow.TensorContainer);
    },
  };
}

function attentionTensors(tf: typeof TensorFlow, attention: Attention, units: number) {
  const matrix = (values: Float32Array, columns: number) =>
    tf.tensor2d(values, [values.length / columns, columns]);
  return {
    layers: attention.layers,
    length: attention.length,
    inputKernel: matrix(attention.inputKernel, attention.inputBias.length),
    inputBias: tf.tensor1d(attention.inputBias),
    queryKernel: matrix(attention.queryKernel, units),
    queryBias: tf.tensor1d(attention.queryBias),
    keyKernel: matrix(attention.keyKernel, units),
    scoreVector: tf.tensor1d(attention.scoreVector),
    outputKernel: matrix(attention.outputKernel, units),
    outputBias: tf.tensor1d(attention.outputBias),
  };
}

/** The native packages fetch their library when they are installed; where that was left out, or does not load, they are passed over. */
async function loadTensorFlow(): Promise<{ tf: typeof TensorFlow; backend: TensorFlowBackend }> {
  for (const name of ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']) {
    const tf = hasNativeLibrary(name) && load(name);
    if (tf) return { tf, backend: nativeBackend(tf.backend()) };
  }
  return { tf: await loadWebAssembly(), backend: 'wasm' };
}

/** The library with CUDA in it loads without a device, too. */
export function nativeBackend(backend: object): TensorFlowBackend {
  return 'isUsingGpuDevice' in backend && backend.isUsingGpuDevice === true ? 'gpu' : 'native';
}

function load(name: string): typeof TensorFlow | null {
  restoreNullTest();
  try {
    return require(name);
  } catch {
    return null; // built for another system, or what it links to is missing
  }
}

/** The native packages use a function that Node 23 took away. */
function restoreNullTest(): void {
  const util = require('node:util');
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
}

function hasNativeLibrary(name: string): boolean {
  try {
    const folder = join(dirname(require.resolve(`${name}/package.json`)), 'lib');
    return readdirSync(folder).some((entry) => existsSync(join(folder, entry, 'tfjs_binding.node')));
  } catch {
    return false; // the optional package itself is absent
  }
}
