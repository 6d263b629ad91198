/** A batch's inputs as a few flat arrays: cheap to hand to another thread. */
import type { StepInput } from './model-runner.js';

export interface PackedInputs {
  /** [B]: steps of each sequence */
  lengths: Int32Array;
  /** One for each step of each sequence: how many inputs are not 0. */
  counts: Int32Array;
  indices: Int32Array;
  values: Float32Array;
}

export function packInputs(sequences: readonly (readonly StepInput[])[]): PackedInputs {
  let steps = 0;
  let entries = 0;
  for (const sequence of sequences) {
    steps += sequence.length;
    for (const { indices } of sequence) entries += indices.length;
  }
  const packed: PackedInputs = {
    lengths: new Int32Array(sequences.length),
    counts: new Int32Array(steps),
    indices: new Int32Array(entries),
    values: new Float32Array(entries),
  };
  let step = 0;
  let entry = 0;
  for (let b = 0; b < sequences.length; b++) {
    const sequence = sequences[b] as readonly StepInput[];
    packed.lengths[b] = sequence.length;
    for (const { indices, values } of sequence) {
      packed.counts[step++] = indices.length;
      for (let i = 0; i < indices.length; i++) {
        packed.indices[entry] = indices[i] as number;
        packed.values[entry++] = values?.[i] ?? 1;
      }
    }
  }
  return packed;
}

export function buffersOf({ lengths, counts, indices, values }: PackedInputs): ArrayBuffer[] {
  return [lengths, counts, indices, values].map(({ buffer }) => buffer as ArrayBuffer);
}
