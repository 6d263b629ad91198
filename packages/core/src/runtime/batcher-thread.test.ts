import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import type { BatcherReport, Generation } from './batcher-messages.js';
import { BatcherThread, startWorker } from './batcher-thread.js';
import { request, smallModel } from './host.fixture.js';

const WORK_MS = 300;

/** A thread that is ready at once and then does with each message what `hear` says, in JavaScript. */
async function threadThat(hear: string) {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const report = (ended) => parentPort.postMessage({ type: 'report', report: { ended } });
     parentPort.on('message', (commands) => {
       if (commands) { ${hear} }
       else process.exit();
     });
     parentPort.postMessage({ type: 'ready', runnerName: 'fake', stepMs: 1 });`,
    { eval: true },
  );
  const thread = new BatcherThread(worker, 'fake', { startMs: 10_000, workMs: WORK_MS });
  await thread.ready;
  const reports: BatcherReport[] = [];
  const failures: string[] = [];
  thread.listen({
    onReport: (report) => reports.push(report),
    onFailure: ({ message }) => failures.push(message),
  });
  return { thread, reports, failures };
}

const generate = (job: number) =>
  ({ type: 'generate', job, session: 0, generation: {} as Generation }) as const;

describe('a batcher in a thread', () => {
  it('is given up when it says nothing, however often it is asked meanwhile', async () => {
    const { thread, failures } = await threadThat('');
    for (let job = 0; failures.length === 0 && job < 40; job++) {
      thread.tell({ type: 'cancel', job: job - 1 });
      thread.tell(generate(job));
      await sleep(WORK_MS / 10);
    }
    expect(failures).toEqual(['fake: no answer for 0.3 s']);
  });

  it('may work for as long as it likes while it says so', async () => {
    const { thread, reports, failures } = await threadThat('setInterval(() => report([]), 50)');
    thread.tell(generate(0));
    await sleep(2 * WORK_MS);
    expect(reports.length).toBeGreaterThan(2);
    expect(failures).toEqual([]);
    await thread.close();
  });

  it('is not missed when there is nothing to do', async () => {
    const { thread, failures } = await threadThat(
      `report(commands.filter(({ type }) => type === 'generate').map(({ job }) => ({ job, error: null })))`,
    );
    thread.tell(generate(0));
    await sleep(50);
    thread.tell(generate(1));
    thread.tell({ type: 'cancel', job: 1 });
    await sleep(2 * WORK_MS);
    expect(failures).toEqual([]);
    await thread.close();
  });

  it('leaves no timer behind that would hold the process when it is closed amid work', async () => {
    const set = vi.spyOn(globalThis, 'setTimeout');
    const cleared = vi.spyOn(globalThis, 'clearTimeout');
    const { thread } = await threadThat('');
    thread.tell(generate(0));
    await sleep(0);
    await thread.close();
    const watches = set.mock.results.filter((_, call) => set.mock.calls[call]?.[1] === WORK_MS);
    expect(watches).toHaveLength(1);
    expect(cleared).toHaveBeenCalledWith(watches[0]?.value);
    vi.restoreAllMocks();
  });

  it('is left to end by itself when it is given up: a library may be at work in it', async () => {
    const worker = startWorker({
      backend: { library: 'onnx', provider: 'cpu' },
      model: smallModel,
      limits: { maxBatch: 32, maxLatenessMs: Number.POSITIVE_INFINITY },
      nowMs: () => performance.now(),
    });
    const thread = new BatcherThread(worker, 'impatiently', { startMs: 20_000, workMs: 1 });
    await thread.ready;
    const failed = new Promise<Error>((onFailure) => thread.listen({ onReport: () => {}, onFailure }));
    const generated = { events: [], chords: [], bass: [] };
    for (let job = 0; job < 16; job++) {
      const generation = { request: request({ steps: 100_000 }), randomPlace: job, generated, askedMs: 0 };
      thread.tell({ type: 'generate', job, session: job, generation });
    }
    expect(await failed).toMatchObject({ code: 'runnerFailed' });
    expect(await once(worker, 'exit')).toEqual([0]);
  });
});
