/** The thread behind `startBatcherThread`: one model on one backend. */
import { parentPort, workerData } from 'node:worker_threads';
import { assembleModel } from '../models/model.js';
import { createKernel } from './backend.js';
import { Batcher } from './batcher.js';
import type { BatcherCommand } from './batcher-messages.js';
import { sharedClockMs, type ThreadMessage, type ThreadTask } from './batcher-thread.js';
import { ResidentRunner } from './resident-runner.js';
import { warmUp } from './warm-up.js';

const { backend, model, limits, clockOffsetMs } = workerData as ThreadTask;
/** `performance.now` is the quickest clock there is, but begins anew in each thread. */
const clockMs = sharedClockMs() - performance.now() + clockOffsetMs;
const say = (message: ThreadMessage) => parentPort?.postMessage(message);
const fail = (error: Error) => say({ type: 'failed', message: error.message });

try {
  const runner = new ResidentRunner((architecture) => createKernel(architecture, backend));
  await runner.load(model.architecture);
  const stepMs = await warmUp(runner, limits.maxBatch);
  const batcher = new Batcher({
    model: assembleModel(model),
    runner,
    limits,
    nowMs: () => performance.now() + clockMs,
    onReport: (report) => say({ type: 'report', report }),
    onFailure: fail,
  });
  parentPort?.on('message', async (commands: BatcherCommand[] | null) => {
    for (const command of commands ?? []) batcher.tell(command);
    if (commands) return;
    await batcher.stop();
    await runner.close().catch(() => {}); // it ends in any case
    say({ type: 'stopped' });
  });
  say({ type: 'ready', runnerName: runner.name, stepMs });
} catch (error) {
  fail(error as Error);
}
