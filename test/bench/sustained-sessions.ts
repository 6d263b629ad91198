/**
 * Tables 3 and 4: how many sessions can be stepped every 16th at 120 bpm, and what the event loop of the thread that asks feels of it. It is
 * not the whole server's: metrics are kept as there, but nothing comes over sockets and nothing goes to a database.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Model } from '@antiphon/core/models';
import { type Backend, plainRequest } from '@antiphon/core/runtime';
import { openHost } from './engines.js';
import type { Extent } from './extent.js';
import { seekLimit } from './limit.js';
import { randomModel } from './networks.js';
import { percentile, round } from './statistics.js';

const STEP_MS = 125;
/** Of each session, not counted. */
const WARM_UP_STEPS = 4;
const MAX_MISS_RATE = 0.001;

export interface SustainedRow {
  sessions: number;
  'step p50 ms': number;
  'step p99 ms': number;
  'missed %': number;
  'event loop p99 ms': number;
  'memory MB': number;
}

export async function measureSustainedSessions(backend: Backend, extent: Extent): Promise<SustainedRow[]> {
  const model = randomModel(extent.network);
  const rows: SustainedRow[] = [];
  await seekLimit(extent, async (sessions) => {
    const row = await sustain(model, { backend, sessions, steps: extent.steps });
    rows.push(row);
    return row['missed %'] / 100 <= MAX_MISS_RATE;
  });
  return rows.sort((a, b) => a.sessions - b.sessions);
}

/** Every session asks for one more event each 16th, at its own place within it, as accompaniment does. */
async function sustain(
  model: Model,
  { backend, sessions, steps }: { backend: Backend; sessions: number; steps: number },
): Promise<SustainedRow> {
  const host = await openHost(model, { backend, maxBatch: 256 });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const times: number[] = [];
  const play = async (seed: number) => {
    const session = host.open(seed);
    const history = [60];
    const originMs = startMs + (seed / sessions) * STEP_MS;
    for (let step = 0; step < steps; step++) {
      const dueMs = originMs + step * STEP_MS;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      for await (const { event } of session.generate({
        ...plainRequest(history, 1),
        deadlineMs: dueMs + STEP_MS,
      }))
        history.push(event);
      if (step >= WARM_UP_STEPS) times.push(Math.max(0, performance.now() - dueMs)); // timers may fire a little early
    }
    session.close();
  };
  const startMs = performance.now() + 200;
  delay.enable();
  await Promise.all(Array.from({ length: sessions }, (_, seed) => play(seed)));
  delay.disable();
  const memory = process.memoryUsage.rss();
  await host.close();
  return {
    sessions,
    'step p50 ms': round(percentile(times, 0.5)),
    'step p99 ms': round(percentile(times, 0.99)),
    'missed %': round((100 * times.filter((ms) => ms > STEP_MS).length) / times.length, 3),
    'event loop p99 ms': round(delay.percentile(99) / 1e6),
    'memory MB': Math.round(memory / (1 << 20)),
  };
}
