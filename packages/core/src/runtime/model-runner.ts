import type { Architecture } from '../models/architecture.js';

/** Sparse input of one step: the indices that are 1 (or `values`, where given). */
export interface StepInput {
  indices: number[];
  values?: number[];
}

/**
 * Executes one step of a network for a batch of sessions, whose recurrent state stays with the runner, one slot each.
 *
 * Life: `load` once; then any number of `step`, `reset`, `copy`, `snapshot` and `restore`; `close` at the end. Calls are
 * answered in the order they were made. A runner that fails rejects the call; the engine then moves to the next runner.
 */
export interface ModelRunner {
  /** Such as `onnx (cpu)`; shown to operators and written in the log. */
  readonly name: string;
  load(architecture: Architecture, options: { slots: number }): Promise<void>;
  /**
   * Steps `slots[b]` with the sequence `inputs[b]` (priming is a sequence longer than one). Resolves to the logits after the last
   * input of each, one Float32Array a head, [B * V] in the order of `slots`.
   */
  step(batch: { slots: number[]; inputs: StepInput[][] }): Promise<Float32Array[]>;
  /** Zero state. */
  reset(slot: number): Promise<void>;
  copy(from: number, to: number): Promise<void>;
  snapshot(slot: number): Promise<Float32Array>;
  restore(slot: number, state: Float32Array): Promise<void>;
  close(): Promise<void>;
}
