/**
 * The thread behind `startBatcherThread`: one model on one backend. It ends itself, told so with null: a thread that is ended from outside
 * while a library computes takes the whole process with it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { assembleModel } from '../models/model.js';
import { createKernel } from './backend.js';
import { Batcher } from './batcher.js';
import { sharedClockMs, type ThreadCommand, type ThreadMessage, type ThreadTask } from './batcher-thread.js';
import { ResidentRunner } from './resident-runner.js';
import { warmUp } from './warm-up.js';

const { backend, model, limits, clockOffsetMs } = workerData as ThreadTask;
/** `performance.now` is the quickest clock there is, but begins anew in each thread. */
const clockMs = sharedClockMs() - performance.now() + clockOffsetMs;
const say = (message: ThreadMessage) => parentPort?.postMessage(message);
const fail = (error: Error) => say({ type: 'failed', message: error.message });
/** A device that is lost may never answer. */
const STOP_MS = 1_000;

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
  const stop = async () => {
    await batcher.stop();
    await runner.close().catch(() => {}); // it ends in any case
  };
  parentPort?.on('message', async (commands: ThreadCommand) => {
    for (const command of commands ?? []) batcher.tell(command);
    if (commands) return;
    await Promise.race([stop(), sleep(STOP_MS)]);
    process.exit();
  });
  say({ type: 'ready', runnerName: runner.name, stepMs });
} catch (error) {
  fail(error as Error);
  process.exit();
}
