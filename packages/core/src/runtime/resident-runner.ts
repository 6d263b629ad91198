/** A runner in this thread: seats the sessions of a batch in a kernel's rows, and keeps the states of the others at rest. */
import { AppError } from '../app-error.js';
import type { Architecture } from '../models/architecture.js';
import { type Kernel, type Rows, stateSizes } from './kernel.js';
import type { ModelRunner, StepInput } from './model-runner.js';
import { Seats } from './seats.js';

export type KernelFactory = (architecture: Architecture) => Promise<Kernel>;

export class ResidentRunner implements ModelRunner {
  name = 'not loaded';
  readonly #createKernel: KernelFactory;
  #kernel: Kernel | null = null;
  #inputSize = 0;
  #zero = new Float32Array();
  #inputs = new Float32Array();
  /** The batch that steps one input at a time. */
  #rows: Rows | null = null;
  readonly #seats = new Seats();
  /** States of slots that have no seat. */
  readonly #resting = new Map<number, Float32Array>();

  constructor(createKernel: KernelFactory) {
    this.#createKernel = createKernel;
  }

  async load(architecture: Architecture): Promise<void> {
    this.#kernel = await this.#createKernel(architecture);
    this.name = this.#kernel.name;
    this.#inputSize = architecture.inputSize;
    this.#zero = new Float32Array(stateSizes(architecture).reduce((a, b) => a + b, 0));
  }

  async step({ slots, inputs }: { slots: number[]; inputs: StepInput[][] }): Promise<Float32Array[]> {
    const kernel = this.#loaded();
    const members = new Set(slots);
    if (members.size !== slots.length) throw new AppError('badStep', 'a slot is stepped twice in a batch');
    this.#check(slots, inputs);
    const steps = inputs.reduce((most, { length }) => Math.max(most, length), 1);
    if (steps > 1) return this.#prime(kernel, steps, { slots, inputs });
    const rows = await this.#seat(kernel, members);
    const places = slots.map((slot) => this.#seats.rowOf(slot) as number);
    const logits = await rows.step(this.#dense(rows.size, steps, { places, inputs }));
    return logits.map((values) => takeRows(values, values.length / rows.size, places));
  }

  async reset(slot: number): Promise<void> {
    this.#loaded();
    this.#seats.stand(slot);
    this.#resting.delete(slot);
  }

  async copy(from: number, to: number): Promise<void> {
    await this.restore(to, await this.snapshot(from));
  }

  async snapshot(slot: number): Promise<Float32Array> {
    this.#loaded();
    await this.#stand([slot]);
    return (this.#resting.get(slot) ?? this.#zero).slice();
  }

  async restore(slot: number, state: Float32Array): Promise<void> {
    await this.reset(slot);
    this.#resting.set(slot, state.slice());
  }

  async close(): Promise<void> {
    const kernel = this.#kernel;
    this.#kernel = null;
    this.#rows?.dispose();
    await kernel?.close();
  }

  /** Sequences are run in rows of their own: the others' batch stays as it is. */
  async #prime(kernel: Kernel, steps: number, { slots, inputs }: { slots: number[]; inputs: StepInput[][] }) {
    await this.#stand(slots);
    const rows = kernel.createRows(kernel.paddedSize(slots.length));
    try {
      const places = slots.map((_, row) => row);
      await rows.write(places, this.#statesOf(slots));
      const logits = await rows.step(this.#dense(rows.size, steps, { places, inputs }));
      const states = await rows.read(places);
      slots.forEach((slot, row) => {
        this.#resting.set(slot, states[row] as Float32Array);
      });
      return logits.map((values) => takeRows(values, values.length / rows.size, places));
    } finally {
      rows.dispose();
    }
  }

  /** Rows in which all members sit, and nobody else. */
  async #seat(kernel: Kernel, members: ReadonlySet<number>): Promise<Rows> {
    const size = kernel.paddedSize(members.size);
    const isResized = this.#seats.size !== size;
    await this.#stand(this.#seats.slots().filter((slot) => isResized || !members.has(slot)));
    if (isResized || !this.#rows) {
      this.#rows?.dispose();
      this.#rows = kernel.createRows(size);
      this.#seats.resize(size);
    }
    const coming = [...members].filter((slot) => this.#seats.rowOf(slot) === null);
    if (coming.length > 0) {
      await this.#rows.write(this.#seats.sit(coming), this.#statesOf(coming));
      for (const slot of coming) this.#resting.delete(slot);
    }
    return this.#rows;
  }

  /** Those of `slots` that have a seat leave it, and their states come to rest. */
  async #stand(slots: readonly number[]): Promise<void> {
    const seated = slots.filter((slot) => this.#seats.rowOf(slot) !== null);
    if (seated.length === 0) return;
    const states = (await this.#rows?.read(seated.map((slot) => this.#seats.rowOf(slot) as number))) ?? [];
    seated.forEach((slot, i) => {
      this.#seats.stand(slot);
      this.#resting.set(slot, states[i] as Float32Array);
    });
  }

  #statesOf(slots: readonly number[]): Float32Array[] {
    return slots.map((slot) => this.#resting.get(slot) ?? this.#zero);
  }

  /** Spreads sparse inputs over a dense [T, B, I]; `places` are the members' rows. */
  #dense(size: number, steps: number, { places, inputs }: { places: number[]; inputs: StepInput[][] }) {
    const dense = this.#inputsOf(steps * size * this.#inputSize);
    const lengths = new Int32Array(size).fill(1);
    places.forEach((row, b) => {
      const sequence = inputs[b] as StepInput[];
      lengths[row] = sequence.length;
      sequence.forEach(({ indices, values }, t) => {
        const offset = (t * size + row) * this.#inputSize;
        for (let i = 0; i < indices.length; i++) dense[offset + (indices[i] as number)] = values?.[i] ?? 1;
      });
    });
    return { steps, inputs: dense, lengths };
  }

  /** All 0, the same memory again where it fits: allocations of this size keep the garbage collector busy. */
  #inputsOf(length: number): Float32Array {
    if (this.#inputs.length !== length) this.#inputs = new Float32Array(length);
    return this.#inputs.fill(0);
  }

  #check(slots: readonly number[], inputs: readonly (readonly StepInput[])[]): void {
    inputs.forEach((sequence, b) => {
      if (sequence.length === 0) throw new AppError('badStep', `the sequence for slot ${slots[b]} is empty`);
      for (const { indices } of sequence)
        for (const index of indices)
          if (!(index >= 0 && index < this.#inputSize))
            throw new AppError('badStep', `input ${index} is outside 0 to ${this.#inputSize - 1}`);
    });
  }

  #loaded(): Kernel {
    if (!this.#kernel) throw new AppError('runnerClosed', 'the runner is not loaded or was closed');
    return this.#kernel;
  }
}

function takeRows(values: Float32Array, width: number, rows: readonly number[]): Float32Array {
  if (rows.every((row, i) => row === i)) return values.subarray(0, rows.length * width);
  const taken = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    taken.set(values.subarray(row * width, (row + 1) * width), i * width);
  });
  return taken;
}
