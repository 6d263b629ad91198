/** Table 2: how long a call waits for its first event and for the whole answer, with and without batching. */
import { type Backend, plainRequest } from '@antiphon/core/runtime';
import { openHost } from './engines.js';
import type { Extent } from './extent.js';
import { randomModel } from './networks.js';
import { percentile, round } from './statistics.js';

/** A call of two bars of sixteenths, and an answer as long. */
const BARS = 2;
const STEPS = 16 * BARS;
const CALL = Array.from({ length: STEPS }, (_, i) => 60 + ((i * 5) % 12));

/** One round may fall into a busy moment of the machine. */
const LEAST_ROUNDS = 4;

export interface ResponseRow {
  concurrent: number;
  batching: string;
  'first event p50 ms': number;
  'first event p99 ms': number;
  'whole answer p50 ms': number;
  'whole answer p99 ms': number;
}

export async function measureResponseTime(backend: Backend, extent: Extent): Promise<ResponseRow[]> {
  const model = randomModel(extent.network);
  const rows: ResponseRow[] = [];
  for (const maxBatch of [256, 1])
    for (const concurrent of extent.concurrent) {
      const host = await openHost(model, { backend, maxBatch });
      const first: number[] = [];
      const whole: number[] = [];
      const rounds = 1 + Math.max(LEAST_ROUNDS, Math.ceil(extent.answers / concurrent));
      for (let round = 0; round < rounds; round++) {
        const measured = await Promise.all(
          Array.from({ length: concurrent }, async (_, seed) => {
            const session = host.open(seed);
            const startMs = performance.now();
            let firstMs: number | null = null;
            for await (const _event of session.generate(plainRequest(CALL, STEPS)))
              firstMs ??= performance.now() - startMs;
            session.close();
            return [firstMs ?? Number.NaN, performance.now() - startMs] as const;
          }),
        );
        if (round === 0) continue; // warms up
        first.push(...measured.map(([ms]) => ms));
        whole.push(...measured.map(([, ms]) => ms));
      }
      await host.close();
      rows.push({
        concurrent,
        batching: maxBatch === 1 ? 'one by one' : 'batched',
        'first event p50 ms': round(percentile(first, 0.5), 1),
        'first event p99 ms': round(percentile(first, 0.99), 1),
        'whole answer p50 ms': round(percentile(whole, 0.5), 1),
        'whole answer p99 ms': round(percentile(whole, 0.99), 1),
      });
    }
  return rows;
}
