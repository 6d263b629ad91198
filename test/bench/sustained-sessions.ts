/** Tables 3 and 4: how many sessions can be stepped every 16th at 120 bpm, and what the server's event loop feels of it. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Model } from '@antiphon/core/models';
import type { Backend } from '@antiphon/core/runtime';
import { openHost, requestFor } from './engines.js';
import { randomModel } from './networks.js';
import { percentile, round } from './statistics.js';

const STEP_MS = 125;
const STEPS = 32;
const MAX_MISS_RATE = 0.001;
const MOST_SESSIONS = 8192;

export interface SustainedRow {
  sessions: number;
  'step p50 ms': number;
  'step p99 ms': number;
  'missed %': number;
  'event loop p99 ms': number;
  'memory MB': number;
}

export async function measureSustainedSessions(backend: Backend): Promise<SustainedRow[]> {
  const model = randomModel([256, 256]);
  const rows: SustainedRow[] = [];
  for (let sessions = 64; sessions <= MOST_SESSIONS; sessions *= 2) {
    const row = await sustain(model, { backend, sessions });
    rows.push(row);
    if (row['missed %'] / 100 > MAX_MISS_RATE) break;
  }
  return rows;
}

/** Every session asks for one more event each 16th, at its own place within it, as accompaniment does. */
async function sustain(
  model: Model,
  { backend, sessions }: { backend: Backend; sessions: number },
): Promise<SustainedRow> {
  const host = await openHost(model, { backend, maxBatch: 256 });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const times: number[] = [];
  const play = async (seed: number) => {
    const session = host.open(seed);
    const history = [60];
    const originMs = startMs + (seed / sessions) * STEP_MS;
    for (let step = 0; step < STEPS; step++) {
      const dueMs = originMs + step * STEP_MS;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      for await (const { event } of session.generate({
        ...requestFor(history, 1),
        deadlineMs: dueMs + STEP_MS,
      }))
        history.push(event);
      if (step >= 4) times.push(Math.max(0, performance.now() - dueMs)); // timers may fire a little early
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
