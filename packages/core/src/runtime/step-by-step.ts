import type { Kernel } from './kernel.js';

/**
 * Runs a sequence on arithmetic that takes one step at a time: members whose sequence has ended keep the state and logits
 * of their last step. I = inputs.
 */
export function stepByStep(runStep: Kernel['run'], inputSize: number): Kernel['run'] {
  return async ({ steps, size, inputs, lengths, states }) => {
    const one = new Int32Array(size).fill(1);
    const stride = size * inputSize;
    let result = { logits: [] as Float32Array[], states };
    for (let t = 0; t < steps; t++) {
      const next = await runStep({
        steps: 1,
        size,
        inputs: inputs.slice(t * stride, (t + 1) * stride),
        lengths: one,
        states: result.states,
      });
      const keep = (kept: Float32Array[], fresh: Float32Array[]) =>
        fresh.map((values, i) => {
          const before = kept[i];
          if (!before) return values;
          const width = values.length / size;
          lengths.forEach((length, b) => {
            if (t >= length) values.set(before.subarray(b * width, (b + 1) * width), b * width);
          });
          return values;
        });
      result = { logits: keep(result.logits, next.logits), states: keep(result.states, next.states) };
    }
    return result;
  };
}
