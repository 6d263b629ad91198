/** A runner in a thread of its own, so that arithmetic never delays music that is scheduled here. */
import { Worker } from 'node:worker_threads';
import { AppError } from '../app-error.js';
import type { Architecture } from '../models/architecture.js';
import type { ModelRunner, StepInput } from './model-runner.js';
import type { OnnxProvider } from './onnx/onnx-kernel.js';
import { buffersOf, packInputs } from './packed-inputs.js';
import type { ResidentRunner } from './resident-runner.js';

export type Backend = { library: 'onnx'; provider: OnnxProvider } | { library: 'tensorflow' };

export interface RunnerCall {
  id: number;
  method: Exclude<keyof ResidentRunner, 'name' | 'step'>;
  args: unknown[];
}

interface Reply {
  id: number;
  result?: unknown;
  error?: { code: string; message: string };
}

export class WorkerRunner implements ModelRunner {
  name: string;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  #calls = 0;
  #closed: AppError | null = null;

  constructor(backend: Backend) {
    this.name = backend.library;
    this.#worker = startWorker(backend);
    this.#worker.unref();
    this.#worker.on('message', ({ id, result, error }: Reply) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#worker.unref();
      if (error) waiting?.reject(new AppError(error.code, error.message));
      else waiting?.resolve(result as never);
    });
    this.#worker.on('error', (cause) => this.#end(`its thread failed: ${cause.message}`, cause));
    this.#worker.on('exit', (code) => this.#end(`its thread ended with ${code}`));
  }

  async load(architecture: Architecture, options: { slots: number }): Promise<void> {
    this.name = await this.#call<string>('load', [architecture, options]);
  }

  step({ slots, inputs }: { slots: number[]; inputs: StepInput[][] }): Promise<Float32Array[]> {
    const packed = packInputs(inputs);
    return this.#call('stepPacked', [slots, packed], buffersOf(packed));
  }

  reset(slot: number): Promise<void> {
    return this.#call('reset', [slot]);
  }

  copy(from: number, to: number): Promise<void> {
    return this.#call('copy', [from, to]);
  }

  snapshot(slot: number): Promise<Float32Array> {
    return this.#call('snapshot', [slot]);
  }

  restore(slot: number, state: Float32Array): Promise<void> {
    return this.#call('restore', [slot, state]);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#call('close', []);
    this.#closed = new AppError('runnerClosed', `${this.name} was closed`);
    await this.#worker.terminate();
  }

  #call<T>(method: RunnerCall['method'], args: unknown[], transferred: ArrayBuffer[] = []): Promise<T> {
    if (this.#closed) return Promise.reject(this.#closed);
    const id = this.#calls++;
    return new Promise<T>((resolve, reject) => {
      this.#worker.ref();
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, method, args } satisfies RunnerCall, transferred);
    });
  }

  #end(how: string, cause?: unknown): void {
    this.#closed ??= new AppError('runnerFailed', `${this.name}: ${how}`, { cause });
    for (const { reject } of this.#waiting.values()) reject(this.#closed);
    this.#waiting.clear();
  }
}

/** From TypeScript source the thread needs tsx to read it; from dist it is plain JavaScript. */
function startWorker(backend: Backend): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./worker.js', import.meta.url), { workerData: backend });
  const source = new URL('./worker.ts', import.meta.url).href;
  const bootstrap = `import('tsx/esm/api').then(({ tsImport }) => tsImport(${JSON.stringify(source)}, ${JSON.stringify(source)}))`;
  return new Worker(bootstrap, { eval: true, workerData: backend });
}
