/** What training adjusts: named matrices under TensorFlow's names, begun at random. I = inputs, H = units, V = classes. */
import { MELODY_HEAD } from '../models/architecture-of-checkpoint.js';
import type { Tensor } from '../models/checkpoint.js';
import type { RandomStream } from '../random.js';

export interface NetworkShape {
  inputSize: number;
  /** H of each layer, from the input up. */
  units: number[];
  /** The melody's comes first. */
  heads: { name: string; classes: number }[];
}

export const kernelName = (layer: number) => `rnn/multi_rnn_cell/cell_${layer}/basic_lstm_cell/kernel`;
export const biasName = (layer: number) => `rnn/multi_rnn_cell/cell_${layer}/basic_lstm_cell/bias`;

/** A melody's head alone has the name that Magenta.js knows. */
export function headNames({ heads }: NetworkShape, head: number): { kernel: string; bias: string } {
  const name = heads[head]?.name as string;
  const prefix = heads.length === 1 && name === MELODY_HEAD ? 'fully_connected' : `heads/${name}`;
  return { kernel: `${prefix}/weights`, bias: `${prefix}/biases` };
}

/** Kernels uniform after Glorot and Bengio (2010), biases 0. */
export function initialParameters(network: NetworkShape, random: RandomStream): Map<string, Tensor> {
  const { inputSize, units, heads } = network;
  const uniform = (rows: number, columns: number): Tensor => {
    const limit = Math.sqrt(6 / (rows + columns));
    const values = Float32Array.from({ length: rows * columns }, () => (random.next() * 2 - 1) * limit);
    return { shape: [rows, columns], values };
  };
  const zeros = (length: number): Tensor => ({ shape: [length], values: new Float32Array(length) });
  const parameters = new Map<string, Tensor>();
  units.forEach((width, layer) => {
    const inputs = layer === 0 ? inputSize : (units[layer - 1] as number);
    parameters.set(kernelName(layer), uniform(inputs + width, 4 * width));
    parameters.set(biasName(layer), zeros(4 * width));
  });
  heads.forEach(({ classes }, head) => {
    const { kernel, bias } = headNames(network, head);
    parameters.set(kernel, uniform(units.at(-1) as number, classes));
    parameters.set(bias, zeros(classes));
  });
  return parameters;
}
