/**
 * Moves rows between host memory and states that stay on a device: small graphs of their own take rows out of the states and put
 * rows into them, since a device's buffers cannot be read or written from JavaScript. K = rows moved, B = batch.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { GraphBuilder } from '../../onnx-format/graph.js';
import { readRows, writeRows } from '../kernel.js';
import type { StatePart } from './network-graph.js';

export interface RowMover {
  read(states: readonly Tensor[], rows: readonly number[]): Promise<Float32Array[]>;
  /** Answers the states with the rows in them: the same ones, changed, or new ones. */
  write(states: Tensor[], rows: readonly number[], values: readonly Float32Array[]): Promise<Tensor[]>;
  close(): Promise<void>;
}

/** Of a session: what the device cannot compute is refused, not handed to the processor unseen. */
export const ALL_ON_DEVICE = { disable_cpu_ep_fallback: '1' };

const takenName = (part: string): string => `taken_${part}`;
const freshName = (part: string): string => `fresh_${part}`;
const widthOf = ({ shape }: StatePart): number => shape.reduce((a, b) => a * b, 1);

export class DeviceRowMover implements RowMover {
  readonly #parts: readonly StatePart[];
  readonly #take: InferenceSession;
  readonly #put: InferenceSession;

  private constructor(parts: readonly StatePart[], take: InferenceSession, put: InferenceSession) {
    this.#parts = parts;
    this.#take = take;
    this.#put = put;
  }

  static async create(parts: readonly StatePart[], provider: string): Promise<DeviceRowMover> {
    const create = (graph: Uint8Array, location: 'cpu' | 'gpu-buffer') =>
      InferenceSession.create(graph, {
        executionProviders: [provider],
        logSeverityLevel: 3,
        extra: { session: ALL_ON_DEVICE },
        preferredOutputLocation: location,
      });
    return new DeviceRowMover(
      parts,
      await create(takeGraph(parts), 'cpu'),
      await create(putGraph(parts), 'gpu-buffer'),
    );
  }

  async read(states: readonly Tensor[], rows: readonly number[]): Promise<Float32Array[]> {
    const outputs = await this.#take.run({ rows: indices(rows, [rows.length]), ...this.#named(states) });
    const taken = this.#parts.map(({ name }) => outputs[takenName(name)]?.data as Float32Array);
    return readRows(
      taken,
      this.#parts.map(widthOf),
      rows.map((_, k) => k),
    );
  }

  async write(
    states: readonly Tensor[],
    rows: readonly number[],
    values: readonly Float32Array[],
  ): Promise<Tensor[]> {
    const fresh = this.#parts.map((part) => new Float32Array(rows.length * widthOf(part)));
    writeRows(fresh, this.#parts.map(widthOf), { rows: rows.map((_, k) => k), states: values });
    const outputs = await this.#put.run({
      rows: indices(rows, [rows.length, 1]),
      ...this.#named(states),
      ...Object.fromEntries(
        this.#parts.map(({ name, shape }, i) => [
          freshName(name),
          new Tensor('float32', fresh[i] as Float32Array, [rows.length, ...shape]),
        ]),
      ),
    });
    return this.#parts.map(({ name }) => outputs[takenName(name)] as Tensor);
  }

  async close(): Promise<void> {
    await this.#take.release();
    await this.#put.release();
  }

  #named(states: readonly Tensor[]): Record<string, Tensor> {
    return Object.fromEntries(this.#parts.map(({ name }, i) => [name, states[i] as Tensor]));
  }
}

function indices(rows: readonly number[], shape: number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(rows, BigInt), shape);
}

function takeGraph(parts: readonly StatePart[]): Uint8Array {
  const graph = new GraphBuilder();
  const rows = graph.input('rows', 'int64', ['K']);
  for (const { name, shape } of parts) {
    const state = graph.input(name, 'float32', ['B', ...shape]);
    const taken = graph.node('Gather', [state, rows], { axis: { int: 0 } });
    graph.output(graph.named(takenName(name), taken), 'float32', ['K', ...shape]);
  }
  return graph.encode();
}

function putGraph(parts: readonly StatePart[]): Uint8Array {
  const graph = new GraphBuilder();
  const rows = graph.input('rows', 'int64', ['K', 1]);
  for (const { name, shape } of parts) {
    const state = graph.input(name, 'float32', ['B', ...shape]);
    const fresh = graph.input(freshName(name), 'float32', ['K', ...shape]);
    const filled = graph.node('ScatterND', [state, rows, fresh]);
    graph.output(graph.named(takenName(name), filled), 'float32', ['B', ...shape]);
  }
  return graph.encode();
}
