/** One backend's arithmetic. T = steps, B = batch, I = inputs, V = classes. */
import { type Architecture, attentionSize } from '../models/architecture.js';

export interface Kernel {
  /** Such as `onnx (cpu)`. */
  readonly name: string;
  /** Batches are padded to a few sizes that suit the backend, so that few are ever run. */
  paddedSize(size: number): number;
  /** Rows in zero state. */
  createRows(size: number): Rows;
  close(): Promise<void>;
}

/** The states of a batch, one row a member, kept where the backend computes. One call at a time. */
export interface Rows {
  readonly size: number;
  /** Steps every row; resolves to the logits after each row's last input, one [B * V] a head, good until the next step. */
  step(batch: RowsBatch): Promise<Float32Array[]>;
  /** Each row's state: the parts of `stateSizes`, joined. */
  read(rows: readonly number[]): Promise<Float32Array[]>;
  /** `states` as `read` gives them, one for each of `rows`. */
  write(rows: readonly number[], states: readonly Float32Array[]): Promise<void>;
  dispose(): void;
}

export interface RowsBatch {
  steps: number;
  /** [T, B, I], dense; not read any more once the step is answered. */
  inputs: Float32Array;
  /** [B]: how many of the T steps each row takes; at least 1. */
  lengths: Int32Array;
}

/** The sizes of a state's parts: h and c of each layer, then what attention attended to last and its memory. */
export function stateSizes(architecture: Architecture): number[] {
  const { layers, attention } = architecture;
  const attended = attentionSize(architecture);
  return [
    ...layers.flatMap(({ units }) => [units, units]),
    ...(attention ? [attended, attention.length * attended] : []),
  ];
}

/** The next power of two: nine sizes up to 256. */
export function powerOfTwoFrom(size: number): number {
  return 2 ** Math.ceil(Math.log2(size));
}

/** Copies rows between states of their own and the [B, size] arrays of a batch, in host memory. */
export function readRows(parts: readonly Float32Array[], sizes: readonly number[], rows: readonly number[]) {
  const total = sizes.reduce((a, b) => a + b, 0);
  return rows.map((row) => {
    const state = new Float32Array(total);
    let offset = 0;
    sizes.forEach((size, i) => {
      state.set((parts[i] as Float32Array).subarray(row * size, (row + 1) * size), offset);
      offset += size;
    });
    return state;
  });
}

export function writeRows(
  parts: readonly Float32Array[],
  sizes: readonly number[],
  { rows, states }: { rows: readonly number[]; states: readonly Float32Array[] },
): void {
  rows.forEach((row, k) => {
    const state = states[k] as Float32Array;
    let offset = 0;
    sizes.forEach((size, i) => {
      (parts[i] as Float32Array).set(state.subarray(offset, offset + size), row * size);
      offset += size;
    });
  });
}
