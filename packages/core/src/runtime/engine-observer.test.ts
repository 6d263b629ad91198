/** What an engine says of itself, for metrics and logs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AppError } from '../app-error.js';
import type { BatcherCommand } from './batcher-messages.js';
import type { BatcherListener } from './batcher-thread.js';
import { type EngineObserver, silentObserver } from './engine.js';
import {
  CALL,
  collect,
  HOST,
  melodyOf,
  smallModel as model,
  onnxRunner,
  request,
  startHost,
} from './host.fixture.js';
import { ModelHost } from './model-host.js';
import { ReportDraft } from './report-draft.js';
import { startEngine } from './start-engine.js';

const nowMs = () => performance.now();

type Batch = Parameters<EngineObserver['stepped']>[0];

describe('an observer of an engine', () => {
  it('hears of every batch how many sessions were in it and how many steps were computed', async () => {
    const batches: Batch[] = [];
    const host = await startHost({ observer: { stepped: (batch) => void batches.push(batch) } });
    await Promise.all([1, 2, 3].map((seed) => melodyOf(host.open(seed), { steps: 24 })));
    const [priming, ...stepping] = batches.map(({ size, steps }) => [size, steps]);
    expect(priming).toEqual([3, 3 * CALL.length]);
    expect(stepping).toEqual(Array(23).fill([3, 3]));
    for (const { model: id, runner, computeMs } of batches) {
      expect([id, runner]).toEqual([model.id, 'onnx (cpu)']);
      expect(computeMs).toBeGreaterThan(0);
    }
  });

  it('hears of every request once how long it had waited since it was asked, also while a step was under way', async () => {
    const slow = await onnxRunner();
    const step = slow.step.bind(slow);
    const STEP_MS = 200;
    slow.step = async (batch) => {
      await sleep(STEP_MS);
      return step(batch);
    };
    const waits: number[] = [];
    const host = await startHost({
      runners: [slow],
      observer: { begun: ({ queueMs }) => void waits.push(queueMs) },
    });
    const first = melodyOf(host.open(1), { steps: 2 });
    await sleep(STEP_MS / 10);
    await Promise.all([first, melodyOf(host.open(2), { steps: 1 })]);
    expect(waits).toHaveLength(2);
    expect(waits[0]).toBeLessThan(STEP_MS / 2);
    expect(waits[1]).toBeGreaterThan(STEP_MS / 4);
  });

  it('hears that an event was missed when it comes too late, though it was sampled in time', async () => {
    let misses = 0;
    let listener: BatcherListener | null = null;
    const host = await ModelHost.start({
      ...HOST,
      model,
      backends: [{ library: 'tensorflow' }],
      startBatcher: async () => ({
        runnerName: 'a slow messenger',
        stepMs: 0,
        listen: (told) => {
          listener = told;
        },
        tell: async (command: BatcherCommand) => {
          if (command.type !== 'generate') return;
          const report = new ReportDraft();
          for (const event of [60, 62, 64])
            report.add({ job: command.job, event, logProbability: 0, accompaniment: null });
          report.ended.push({ job: command.job, error: null });
          await sleep(50);
          listener?.onReport(report.finish());
        },
        close: async () => {},
      }),
      observer: { ...silentObserver, deadlineMissed: (_model, _runner, count) => (misses += count) },
    });
    await collect(host.open(1).generate(request({ steps: 3, deadlineMs: nowMs() + 20, stepMs: 10 })));
    expect(misses).toBe(3);
    await collect(host.open(1).generate(request({ steps: 3, deadlineMs: nowMs() + 20, stepMs: 10_000 })));
    expect(misses).toBe(4);
  });

  it('hears by its full name of every runner that could not be started, also when runners are compared', async () => {
    const failures: string[] = [];
    const observer: EngineObserver = {
      ...silentObserver,
      runnerFailed: ({ runner, reason }) => void failures.push(`${runner}: ${reason}`),
    };
    const startBatcher = () => Promise.reject(new AppError('runnerFailed', 'no such device'));
    await expect(
      ModelHost.start({
        ...HOST,
        model,
        backends: [{ library: 'onnx', provider: 'webgpu' }],
        startBatcher,
        observer,
      }),
    ).rejects.toMatchObject({ code: 'noRunner' });
    expect(failures.splice(0)).toEqual(['onnx (webgpu): no such device']);
    const [head] = model.architecture.heads;
    const torn = { ...model.architecture, heads: [{ ...head, classes: 7 }] } as typeof model.architecture;
    await expect(
      startEngine({
        models: [{ ...model, architecture: torn }],
        runner: 'tensorflow',
        observer,
        nowMs,
        onBroken: () => {},
      }),
    ).rejects.toMatchObject({ code: 'noRunner' });
    expect(failures).toEqual([expect.stringMatching(/^tensorflow: tensorflow: /)]);
  });
});
