/** What training adjusts: named matrices under TensorFlow's names, begun at random. I = inputs, H = units, V = classes. */
import type { Tensor } from '../models/checkpoint.js';
import type { RandomStream } from '../random.js';

export interface NetworkShape {
  inputSize: number;
  /** H of each layer, from the input up. */
  units: number[];
  classes: number;
}

export const kernelName = (layer: number) => `rnn/multi_rnn_cell/cell_${layer}/basic_lstm_cell/kernel`;
export const biasName = (layer: number) => `rnn/multi_rnn_cell/cell_${layer}/basic_lstm_cell/bias`;
export const HEAD_KERNEL = 'fully_connected/weights';
export const HEAD_BIAS = 'fully_connected/biases';

/** Kernels uniform after Glorot and Bengio (2010), biases 0. */
export function initialParameters(
  { inputSize, units, classes }: NetworkShape,
  random: RandomStream,
): Map<string, Tensor> {
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
  parameters.set(HEAD_KERNEL, uniform(units.at(-1) as number, classes));
  parameters.set(HEAD_BIAS, zeros(classes));
  return parameters;
}
