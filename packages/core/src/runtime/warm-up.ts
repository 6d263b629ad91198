import type { ModelRunner } from './model-runner.js';

/** Sessions in the batch by which runners are compared. */
export const TRIAL_BATCH = 32;
const TRIAL_STEPS = 20;

/**
 * Runs every padded size once, one step and a sequence, so that no visitor waits for a first allocation, and leaves no state behind.
 * Answers the median time of a trial batch, ms.
 */
export async function warmUp(runner: ModelRunner, maxBatch: number): Promise<number> {
  for (let size = 1; size < 2 * maxBatch; size *= 2)
    for (const steps of [1, 2]) await stepAll(runner, Math.min(size, maxBatch), steps);
  const times: number[] = [];
  for (let i = 0; i < TRIAL_STEPS; i++) {
    const startMs = performance.now();
    await stepAll(runner, TRIAL_BATCH, 1);
    times.push(performance.now() - startMs);
  }
  for (let slot = 0; slot < Math.max(maxBatch, TRIAL_BATCH); slot++) await runner.reset(slot);
  return times.sort((a, b) => a - b)[times.length >> 1] as number;
}

async function stepAll(runner: ModelRunner, size: number, steps: number): Promise<void> {
  const slots = Array.from({ length: size }, (_, i) => i);
  const sequence = Array.from({ length: steps }, () => ({ indices: [0] }));
  await runner.step({ slots, inputs: slots.map(() => sequence) });
}
