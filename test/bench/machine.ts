/** What was measured on: figures mean nothing without it. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { type Backend, createKernel, nameOfBackend } from '@antiphon/core/runtime';
import { randomModel } from './networks.js';

export type Machine = Record<string, string | number>;

/** Throws where the backend does not work here. */
export async function describeMachine(backend: Backend): Promise<Machine> {
  return {
    at: new Date().toISOString(),
    cpu: `${cpus().length} x ${cpus()[0]?.model}`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    gpu: gpuHere(),
    node: process.version,
    measured: await loadedName(backend),
    'TensorFlow.js': await loadedName({ library: 'tensorflow' }),
    'onnxruntime-node': versionOf('onnxruntime-node'),
    '@tensorflow/tfjs-core': versionOf('@tensorflow/tfjs-core'),
    '@magenta/music': versionOf('@magenta/music'),
  };
}

/** A backend by its name and, in brackets, what it really loaded. */
async function loadedName(backend: Backend): Promise<string> {
  try {
    const kernel = await createKernel(randomModel([8]).architecture, backend);
    await kernel.close();
    return kernel.name;
  } catch (cause) {
    throw new Error(`${nameOfBackend(backend)} does not work here: ${(cause as Error).message}`, { cause });
  }
}

function gpuHere(): string {
  const query = ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'];
  const { status, stdout } = spawnSync('nvidia-smi', query, { encoding: 'utf8' });
  if (status === 0) return stdout.trim().replaceAll('\n', '; ');
  return existsSync('/dev/dri') ? 'one that is not NVIDIA’s (/dev/dri)' : 'none';
}

function versionOf(name: string): string {
  return JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
}
