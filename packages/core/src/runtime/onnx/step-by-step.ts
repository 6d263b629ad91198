import type { RowsBatch } from '../kernel.js';

/** Takes one step of every row; a row whose `active` is 0 keeps its state. */
export type SingleStep = (inputs: Float32Array, active: Int32Array) => Promise<Float32Array[]>;

/** Runs a sequence on arithmetic that takes one step at a time. Answers the logits of each row's last step. */
export async function stepByStep(batch: RowsBatch, step: SingleStep): Promise<Float32Array[]> {
  const { steps, inputs, lengths } = batch;
  if (steps === 1) return step(inputs, lengths);
  const stride = inputs.length / steps;
  let last: Float32Array[] = [];
  for (let t = 0; t < steps; t++) {
    const active = lengths.map((length) => (t < length ? 1 : 0));
    const logits = await step(inputs.slice(t * stride, (t + 1) * stride), active);
    last = logits.map((fresh, head) => keepEnded(fresh.slice(), last[head] ?? fresh, active));
  }
  return last;
}

function keepEnded(fresh: Float32Array, before: Float32Array, active: Int32Array): Float32Array {
  const classes = fresh.length / active.length;
  active.forEach((isActive, b) => {
    if (!isActive) fresh.set(before.subarray(b * classes, (b + 1) * classes), b * classes);
  });
  return fresh;
}
