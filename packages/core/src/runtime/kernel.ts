/** One backend's arithmetic, without memory: state goes in and comes out. T = steps, B = batch, I = inputs, V = classes. */
import type { Architecture } from '../models/architecture.js';

export interface KernelBatch {
  steps: number;
  size: number;
  /** [T, B, I], dense */
  inputs: Float32Array;
  /** [B]: how many of the T steps each member takes; at least 1. */
  lengths: Int32Array;
  /** One [B, size] array for each of `stateSizes`. */
  states: Float32Array[];
}

export interface KernelResult {
  /** One [B, V] array a head: the logits after each member's last step. */
  logits: Float32Array[];
  /** In the form of `states`. May be overwritten by the next run. */
  states: Float32Array[];
}

export interface Kernel {
  /** Such as `onnx (cpu)`. */
  readonly name: string;
  /** Batches are padded to a multiple or power that suits the backend, so that few sizes are ever run. */
  paddedSize(size: number): number;
  run(batch: KernelBatch): Promise<KernelResult>;
  close(): Promise<void>;
}

/** The sizes of a session's state: h and c of each layer, then what attention attended to last and its memory. */
export function stateSizes({ layers, attention }: Architecture): number[] {
  const first = layers[0]?.units ?? 0;
  return [
    ...layers.flatMap(({ units }) => [units, units]),
    ...(attention ? [first, attention.length * first] : []),
  ];
}

/** The next power of two: nine sizes up to 256. */
export function powerOfTwoFrom(size: number): number {
  return 2 ** Math.ceil(Math.log2(size));
}
