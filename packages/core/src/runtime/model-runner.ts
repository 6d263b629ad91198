import type { Architecture } from '../models/architecture.js';

/** Sparse input of one step: the indices that are 1 (or `values`, where given). */
export interface StepInput {
  indices: number[];
  values?: number[];
}

/**
 * Executes one step of a network for a batch of sessions, whose recurrent state stays with the runner, one slot each. Slots
 * are numbered as the caller likes; one that was never stepped, or was reset, has zero state and takes no memory.
 *
 * Life: `load` once; then any number of `step`, `reset`, `copy`, `snapshot` and `restore`, each made when the one before is
 * answered; `close` at the end. Rejects with AppError `badStep` what cannot be stepped, and goes on; after any other failure
 * the runner is of no more use.
 */
export interface ModelRunner {
  /** Such as `onnx (cpu)`; shown to operators and written in the log. */
  readonly name: string;
  load(architecture: Architecture): Promise<void>;
  /**
   * Steps `slots[b]` with the sequence `inputs[b]` (priming is a sequence longer than one). Resolves to the logits after the last
   * input of each, one Float32Array a head, [B * V] in the order of `slots`; good until the next step.
   */
  step(batch: { slots: number[]; inputs: StepInput[][] }): Promise<Float32Array[]>;
  /** Zero state. */
  reset(slot: number): Promise<void>;
  copy(from: number, to: number): Promise<void>;
  snapshot(slot: number): Promise<Float32Array>;
  restore(slot: number, state: Float32Array): Promise<void>;
  close(): Promise<void>;
}
