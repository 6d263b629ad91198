import { expect, it } from 'vitest';
import { onnxRunner } from './host.fixture.js';
import { TRIAL_BATCH, warmUp } from './warm-up.js';

it.each([1, 5, 32, 48])(
  'warming up for batches of %d tries each padded size and leaves no state behind',
  async (maxBatch) => {
    const runner = await onnxRunner();
    const step = runner.step.bind(runner);
    const sizes = new Set<number>();
    runner.step = (batch) => {
      sizes.add(2 ** Math.ceil(Math.log2(batch.slots.length)));
      return step(batch);
    };
    expect(await warmUp(runner, maxBatch)).toBeGreaterThan(0);
    for (let size = 1; size < 2 * maxBatch; size *= 2) expect(sizes).toContain(size);
    for (let slot = 0; slot < Math.max(maxBatch, TRIAL_BATCH); slot++)
      expect((await runner.snapshot(slot)).every((value) => value === 0)).toBe(true);
  },
);
