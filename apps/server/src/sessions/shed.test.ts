/** From an engine that has too much to do to the mode that makes the best of it; model and runner are real. */
import { fileURLToPath } from 'node:url';
import { loadModel } from '@antiphon/core/models';
import { ModelHost, plainRequest, silentObserver, startBatcherThread } from '@antiphon/core/runtime';
import { emptyPlan, type Plan } from '@antiphon/core/timing';
import type { LogEntry } from '@antiphon/protocol';
import { expect, it, vi } from 'vitest';
import { Session } from './session.js';
import { VirtualClock } from './virtual-clock.js';

const CHECKPOINT = fileURLToPath(
  new URL('../../../../packages/core/checkpoints/melody-small', import.meta.url),
);
const BAR_MS = 2000;

it('an answer that is shed is asked for again and comes a bar later, and the record says why', async () => {
  const model = await loadModel(CHECKPOINT);
  const nowMs = () => performance.now();
  const host = await ModelHost.start({
    model,
    backends: [{ library: 'onnx', provider: 'cpu' }],
    reason: 'it is always there',
    startBatcher: (backend) =>
      startBatcherThread({
        model,
        backend,
        limits: { maxBatch: 8, maxLatenessMs: Number.POSITIVE_INFINITY },
        nowMs,
      }),
    limits: { maxRequests: 1, maxSilenceMs: 60_000 },
    observer: silentObserver,
    nowMs,
    pauseMs: 1000,
  });
  const crowd = new AbortController();
  host.open(1).generate(plainRequest([60], 1_000_000), crowd.signal);

  const clock = new VirtualClock();
  const startedMs = clock.nowMs();
  const plans: Plan[] = [];
  const entries: LogEntry[] = [];
  const session = new Session({
    id: 'a session',
    seed: 2,
    startedMs,
    assignment: { mode: 'call-and-response', params: { tempo: 'fixed' }, model: model.id },
    plan: emptyPlan,
    openModel: () => host.open(2),
    modelFor: () => model.id,
    clock,
    output: {
      plan: (plan) => plans.push(plan),
      turn: () => {},
      switched: () => {},
      beat: () => {},
      remark: ({ type }) => type === 'notice' && crowd.abort(),
      log: (entry) => entries.push(entry),
    },
  });
  for (const [i, pitch] of [60, 64, 67].entries()) {
    await clock.run(startedMs + i * 500);
    session.play({ type: 'noteOn', pitch, velocity: 90, atMs: clock.nowMs() });
    await clock.run(clock.nowMs() + 300);
    session.play({ type: 'noteOff', pitch, atMs: clock.nowMs() });
  }
  await clock.run(startedMs + BAR_MS);
  await vi.waitFor(
    () => expect(entries.some((entry) => entry.type === 'generated' && entry.done)).toBe(true),
    {
      timeout: 10_000,
    },
  );
  const failures = entries.filter(({ type }) => type === 'generationFailed');
  expect(failures).toEqual([
    expect.objectContaining({ code: 'shed', reason: expect.stringContaining('1 requests') }),
  ]);
  const onsets = plans.flatMap(({ notes }) => notes.map(({ onsetMs }) => onsetMs - startedMs));
  expect(Math.min(...onsets)).toBeGreaterThanOrEqual(2 * BAR_MS);
  expect(Math.min(...onsets)).toBeLessThan(3 * BAR_MS);
  session.end();
  await host.close();
});
