/** The libraries and devices that models run on. */
import { existsSync } from 'node:fs';
import type { Architecture } from '../models/architecture.js';
import type { Kernel } from './kernel.js';
import type { OnnxProvider } from './onnx/onnx-kernel.js';

export type Backend = { library: 'onnx'; provider: OnnxProvider } | { library: 'tensorflow' };

export const runnerChoices = ['auto', 'onnx', 'tensorflow'] as const;
export type RunnerChoice = (typeof runnerChoices)[number];

/** Libraries are loaded where they are asked for: in the thread that runs them, and nowhere else. */
export async function createKernel(architecture: Architecture, backend: Backend): Promise<Kernel> {
  if (backend.library === 'onnx') {
    const { createOnnxKernel } = await import('./onnx/onnx-kernel.js');
    return createOnnxKernel(architecture, backend.provider);
  }
  const { createTensorFlowKernel } = await import('./tensorflow/tensorflow-kernel.js');
  return createTensorFlowKernel(architecture);
}

export function nameOfBackend(backend: Backend): string {
  return backend.library === 'onnx' ? `onnx (${backend.provider})` : 'tensorflow';
}

/** Those worth trying on this machine, devices first. */
export function backendsFor(choice: RunnerChoice): Backend[] {
  const hasGpu = existsSync('/dev/dri') || existsSync('/dev/nvidia0') || process.platform !== 'linux';
  const providers: OnnxProvider[] = hasGpu ? ['cuda', 'webgpu', 'cpu'] : ['cpu'];
  const onnx = providers.map((provider): Backend => ({ library: 'onnx', provider }));
  const tensorflow: Backend[] = [{ library: 'tensorflow' }];
  if (choice === 'onnx') return onnx;
  return choice === 'tensorflow' ? tensorflow : [...onnx, ...tensorflow];
}
