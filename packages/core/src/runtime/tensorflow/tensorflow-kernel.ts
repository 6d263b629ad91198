/** The network on TensorFlow.js: the native library with a GPU, the native library without, or WebAssembly, whichever loads first. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import type * as TensorFlow from '@tensorflow/tfjs-core';
import type { Architecture, LstmLayer } from '../../models/architecture.js';
import { type Kernel, type KernelBatch, type KernelResult, powerOfTwoFrom } from '../kernel.js';

const FORGET_BIAS = 1;
const require = createRequire(import.meta.url);

export type TensorFlowBackend = 'gpu' | 'native' | 'wasm';

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

  /** `running` [B, 1] is 1 for members whose sequence has not ended; the others keep their state. */
  const stepStack = (
    input: TensorFlow.Tensor2D,
    states: TensorFlow.Tensor2D[],
    running: TensorFlow.Tensor2D | null,
  ) => {
    let x = input;
    const next = layers.flatMap(({ kernel, bias }, depth) => {
      const h = states[2 * depth] as TensorFlow.Tensor2D;
      const c = states[2 * depth + 1] as TensorFlow.Tensor2D;
      const [cNext, hNext] = tf.basicLSTMCell(forgetBias, kernel, bias, x, c, h);
      x = hNext;
      if (!running) return [hNext, cNext];
      return [hNext, cNext].map((fresh, i) => {
        const old = i === 0 ? h : c;
        return tf.add(old, tf.mul(tf.sub(fresh, old), running)) as TensorFlow.Tensor2D;
      });
    });
    return next;
  };

  return {
    name: `tensorflow (${backend})`,
    paddedSize: powerOfTwoFrom,
    async run({ steps, size, inputs, lengths, states }: KernelBatch): Promise<KernelResult> {
      const outputs = tf.tidy(() => {
        let state = states.map((values) => tf.tensor2d(values, [size, values.length / size]));
        const ragged = steps > 1 && lengths.some((length) => length !== steps);
        for (let t = 0; t < steps; t++) {
          const stride = size * architecture.inputSize;
          const x = tf.tensor2d(inputs.subarray(t * stride, (t + 1) * stride), [
            size,
            architecture.inputSize,
          ]);
          const running = ragged
            ? tf.tensor2d(
                Float32Array.from(lengths, (length) => (t < length ? 1 : 0)),
                [size, 1],
              )
            : null;
          state = stepStack(x, state, running);
        }
        const top = state.at(-2) as TensorFlow.Tensor2D;
        return [...heads.map(({ kernel, bias }) => tf.add(tf.matMul(top, kernel), bias)), ...state];
      });
      const values = (await Promise.all(outputs.map((tensor) => tensor.data()))) as Float32Array[];
      tf.dispose(outputs);
      return { logits: values.slice(0, heads.length), states: values.slice(heads.length) };
    },
    async close() {
      tf.dispose([
        forgetBias,
        ...layers.flatMap(({ kernel, bias }) => [kernel, bias]),
        ...heads.flatMap(({ kernel, bias }) => [kernel, bias]),
      ]);
    },
  };
}

/** The native packages fetch their library when they are installed; where that was left out they are passed over. */
async function loadTensorFlow(): Promise<{ tf: typeof TensorFlow; backend: TensorFlowBackend }> {
  for (const [name, backend] of [
    ['@tensorflow/tfjs-node-gpu', 'gpu'],
    ['@tensorflow/tfjs-node', 'native'],
  ] as const)
    if (hasNativeLibrary(name)) return { tf: require(name), backend };
  const tf = require('@tensorflow/tfjs-core') as typeof TensorFlow;
  const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof import('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  await tf.setBackend('wasm');
  await tf.ready();
  return { tf, backend: 'wasm' };
}

function hasNativeLibrary(name: string): boolean {
  try {
    const folder = join(dirname(require.resolve(`${name}/package.json`)), 'lib');
    return readdirSync(folder).some((entry) => existsSync(join(folder, entry, 'tfjs_binding.node')));
  } catch {
    return false; // the optional package itself is absent
  }
}
