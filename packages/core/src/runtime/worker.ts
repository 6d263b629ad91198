/** The thread that a WorkerRunner talks to: answers its calls with a ResidentRunner of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Architecture } from '../models/architecture.js';
import type { Kernel } from './kernel.js';
import { createOnnxKernel } from './onnx/onnx-kernel.js';
import { ResidentRunner } from './resident-runner.js';
import type { Backend, RunnerCall } from './worker-runner.js';

async function createKernel(architecture: Architecture): Promise<Kernel> {
  const backend = workerData as Backend;
  if (backend.library === 'onnx') return createOnnxKernel(architecture, backend.provider);
  const { createTensorFlowKernel } = await import('./tensorflow/tensorflow-kernel.js');
  return createTensorFlowKernel(architecture);
}

const runner = new ResidentRunner(createKernel);

async function answer({ method, args }: RunnerCall): Promise<unknown> {
  const result = await (runner[method] as (...args: unknown[]) => Promise<unknown>)(...args);
  return method === 'load' ? runner.name : result;
}

let last: Promise<void> = Promise.resolve();
parentPort?.on('message', (call: RunnerCall) => {
  last = last
    .then(() => answer(call))
    .then(
      (result) => ({ id: call.id, result }),
      ({ code = 'runnerFailed', message }) => ({ id: call.id, error: { code, message } }),
    )
    .then((reply) => parentPort?.postMessage(reply));
});
