import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import type * as TensorFlow from '@tensorflow/tfjs-core';

const require = createRequire(import.meta.url);

/** TensorFlow.js on WebAssembly, the fastest that needs no native library; Magenta.js in this thread then runs on it, too. */
export async function loadWebAssembly(): Promise<typeof TensorFlow> {
  const tf = require('@tensorflow/tfjs-core') as typeof TensorFlow;
  const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof import('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  await tf.setBackend('wasm');
  await tf.ready();
  return tf;
}
