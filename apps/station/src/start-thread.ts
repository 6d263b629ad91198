import { Worker, type WorkerOptions } from 'node:worker_threads';

/** Starts the module NAME beside a module as a thread. From TypeScript source it needs tsx to be read; from dist it is plain JavaScript. */
export function startThread(name: string, beside: string, options: WorkerOptions): Worker {
  if (!beside.endsWith('.ts')) return new Worker(new URL(`./${name}.js`, beside), options);
  const source = JSON.stringify(new URL(`./${name}.ts`, beside).href);
  const bootstrap = `import('tsx/esm/api').then(({ tsImport }) => tsImport(${source}, ${source}))`;
  return new Worker(bootstrap, { ...options, eval: true, execArgv: ['--conditions=antiphon:source'] });
}

const END_TIMEOUT_MS = 1_000;

/** Ends a thread once it has said `closed`, for which `ask` asks it, or a second later. */
export async function endThread(worker: Worker, ask: () => void): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    worker.on('message', ({ type }: { type: string }) => type === 'closed' && resolve());
    setTimeout(resolve, END_TIMEOUT_MS).unref();
  });
  ask();
  await closed;
  await worker.terminate();
}
