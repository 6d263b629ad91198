/** The thread behind `importApart`. */
import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../../app-error.js';
import { importLocally } from './import-locally.js';
import type { ImportAnswer } from './import-thread.js';

const say = (answer: ImportAnswer, transfer: ArrayBuffer[] = []) => parentPort?.postMessage(answer, transfer);

try {
  const imported = await importLocally(workerData.path);
  const buffers = [...imported.checkpoint.weights.values()].map(({ values }) => values.buffer as ArrayBuffer);
  say({ ok: true, imported }, buffers);
} catch (error) {
  const code = error instanceof AppError ? error.code : 'badCheckpoint';
  say({ ok: false, code, message: (error as Error).message });
}
