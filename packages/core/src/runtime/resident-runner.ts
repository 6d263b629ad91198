/** A runner in this thread: keeps every session's state in slots and gathers them into batches for a kernel. */
import { AppError } from '../app-error.js';
import type { Architecture } from '../models/architecture.js';
import { type Kernel, stateSizes } from './kernel.js';
import type { ModelRunner, StepInput } from './model-runner.js';
import { type PackedInputs, packInputs } from './packed-inputs.js';

export type KernelFactory = (architecture: Architecture) => Promise<Kernel>;

export class ResidentRunner implements ModelRunner {
  name = 'not loaded';
  readonly #createKernel: KernelFactory;
  #kernel: Kernel | null = null;
  #inputSize = 0;
  #slots = 0;
  #sizes: number[] = [];
  /** One [slots, size] array for each of `#sizes`. */
  #resident: Float32Array[] = [];
  /** Buffers of a batch, by its padded size and steps. */
  readonly #buffers = new Map<
    string,
    { inputs: Float32Array; lengths: Int32Array; states: Float32Array[] }
  >();

  constructor(createKernel: KernelFactory) {
    this.#createKernel = createKernel;
  }

  async load(architecture: Architecture, { slots }: { slots: number }): Promise<void> {
    this.#kernel = await this.#createKernel(architecture);
    this.name = this.#kernel.name;
    this.#inputSize = architecture.inputSize;
    this.#slots = slots;
    this.#sizes = stateSizes(architecture);
    this.#resident = this.#sizes.map((size) => new Float32Array(slots * size));
  }

  step({ slots, inputs }: { slots: number[]; inputs: StepInput[][] }): Promise<Float32Array[]> {
    return this.stepPacked(slots, packInputs(inputs));
  }

  /** The same as `step`, for inputs that come from another thread. */
  async stepPacked(slots: readonly number[], packed: PackedInputs): Promise<Float32Array[]> {
    const kernel = this.#loaded();
    for (const slot of slots) this.#check(slot);
    const size = kernel.paddedSize(slots.length);
    const steps = packed.lengths.reduce((most, length) => Math.max(most, length), 1);
    const buffers = this.#buffersFor(steps, size);
    this.#fill(buffers, size, slots, packed);
    this.#sizes.forEach((width, i) => {
      const from = this.#resident[i] as Float32Array;
      const to = buffers.states[i] as Float32Array;
      slots.forEach((slot, b) => {
        to.set(from.subarray(slot * width, (slot + 1) * width), b * width);
      });
    });
    const result = await kernel.run({ steps, size, ...buffers });
    this.#sizes.forEach((width, i) => {
      const from = result.states[i] as Float32Array;
      const to = this.#resident[i] as Float32Array;
      slots.forEach((slot, b) => {
        to.set(from.subarray(b * width, (b + 1) * width), slot * width);
      });
    });
    return result.logits.map((logits) => logits.slice(0, (logits.length / size) * slots.length));
  }

  async reset(slot: number): Promise<void> {
    this.#check(slot);
    this.#each(slot, (state) => {
      state.fill(0);
    });
  }

  async copy(from: number, to: number): Promise<void> {
    await this.restore(to, await this.snapshot(from));
  }

  async snapshot(slot: number): Promise<Float32Array> {
    this.#check(slot);
    const state = new Float32Array(this.#sizes.reduce((a, b) => a + b, 0));
    this.#each(slot, (part, offset) => {
      state.set(part, offset);
    });
    return state;
  }

  async restore(slot: number, state: Float32Array): Promise<void> {
    this.#check(slot);
    this.#each(slot, (part, offset) => {
      part.set(state.subarray(offset, offset + part.length));
    });
  }

  async close(): Promise<void> {
    await this.#kernel?.close();
    this.#kernel = null;
  }

  #each(slot: number, visit: (state: Float32Array, offset: number) => void): void {
    let offset = 0;
    this.#sizes.forEach((width, i) => {
      visit((this.#resident[i] as Float32Array).subarray(slot * width, (slot + 1) * width), offset);
      offset += width;
    });
  }

  #buffersFor(steps: number, size: number) {
    const key = `${steps}x${size}`;
    let buffers = this.#buffers.get(key);
    if (!buffers) {
      buffers = {
        inputs: new Float32Array(steps * size * this.#inputSize),
        lengths: new Int32Array(size),
        states: this.#sizes.map((width) => new Float32Array(size * width)),
      };
      this.#buffers.set(key, buffers);
    }
    return buffers;
  }

  /** Spreads the packed inputs over a dense [T, B, I]. */
  #fill(
    buffers: { inputs: Float32Array; lengths: Int32Array },
    size: number,
    slots: readonly number[],
    { lengths, counts, indices, values }: PackedInputs,
  ): void {
    buffers.inputs.fill(0);
    buffers.lengths.fill(1);
    let step = 0;
    let entry = 0;
    for (let b = 0; b < lengths.length; b++) {
      const length = lengths[b] as number;
      if (length === 0) throw new AppError('badStep', `the sequence for slot ${slots[b]} is empty`);
      buffers.lengths[b] = length;
      for (let t = 0; t < length; t++) {
        const offset = (t * size + b) * this.#inputSize;
        for (let left = counts[step++] as number; left > 0; left--, entry++) {
          const index = indices[entry] as number;
          if (!(index >= 0 && index < this.#inputSize))
            throw new AppError('badStep', `input ${index} is outside 0 to ${this.#inputSize - 1}`);
          buffers.inputs[offset + index] = values[entry] as number;
        }
      }
    }
  }

  #loaded(): Kernel {
    if (!this.#kernel) throw new AppError('runnerClosed', 'the runner is not loaded or was closed');
    return this.#kernel;
  }

  #check(slot: number): void {
    this.#loaded();
    if (!(slot >= 0 && slot < this.#slots))
      throw new AppError('badStep', `slot ${slot} is outside 0 to ${this.#slots - 1}`);
  }
}
