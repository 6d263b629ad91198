/** What a booth tells Prometheus of what it computes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Operator } from './harness/operator.js';
import { type RunningServer, startServer } from './harness/server.js';
import { SimulatedStation } from './harness/simulated-station.js';
import { until } from './harness/until.js';

describe('the metrics of a booth', () => {
  let server: RunningServer;
  let operator: Operator;
  beforeAll(async () => {
    server = await startServer({ environment: { INFERENCE_RUNNER: 'onnx' } });
    operator = await Operator.signIn(server.url, server.operatorPassword);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** Values of the melody model on ONNX Runtime, by what follows `antiphon_inference_`. */
  const inference = async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const values = new Map<string, number>();
    for (const [, name, labels, value] of text.matchAll(/^antiphon_inference_(\w+){(.*)} (\S+)$/gm))
      if (labels === 'model="melody",runner="onnx (cpu)"') values.set(name as string, Number(value));
    return values;
  };

  it('count requests, batches, their sessions and steps, and measure queue and compute time', async () => {
    const startMs = performance.now();
    const requests = [1, 2, 3, 4].map((seed) =>
      operator.request('POST', '/api/generate', {
        primer: [60, -2, 62, -2, 64, -2, 65, -2],
        steps: 32,
        seed,
      }),
    );
    for (const { status } of await Promise.all(requests)) expect(status).toBe(200);
    const tookSeconds = (performance.now() - startMs) / 1000;
    const values = await inference();
    expect(values.get('steps_total')).toBe(4 * (8 + 31));
    expect(values.get('queue_seconds_count')).toBe(4);
    const batches = values.get('compute_seconds_count') ?? 0;
    expect(batches).toBeGreaterThanOrEqual(32);
    expect(batches).toBeLessThanOrEqual(4 * 32);
    expect(values.get('batch_size_count')).toBe(batches);
    expect(values.get('batch_size_sum')).toBe(4 * 32);
    for (const name of ['queue_seconds_sum', 'compute_seconds_sum']) {
      expect(values.get(name)).toBeGreaterThan(0);
      expect(values.get(name)).toBeLessThan(4 * tookSeconds);
    }
    expect(values.get('deadline_misses_total') ?? 0).toBe(0);
    expect(values.get('sheds_total') ?? 0).toBe(0);
  });

  it('count the stations and the sessions under way, and what was committed of what they played', async () => {
    await using station = await SimulatedStation.join(server.url, { token: server.stationToken });
    await station.play([{ pitch: 60, onsetMs: 0, durationMs: 50 }]);
    const value = async (name: string) => {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      return Number(text.match(new RegExp(`^antiphon_${name} (\\S+)$`, 'm'))?.[1]);
    };
    expect(await value('stations_online')).toBe(1);
    expect(await value('sessions')).toBe(1);
    await until('both key events', async () => (await value('events_recorded_total')) === 2);
  });
});
