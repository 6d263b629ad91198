/** Networks of random weights, under the names that TensorFlow's versions gave to the same variables. */
import { createRandom } from '../../random.js';
import type { Tensor } from '../checkpoint.js';

const random = createRandom(11);
export const tensor = (...shape: number[]): Tensor => ({
  shape,
  values: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.next() - 0.5),
});

/** How TensorFlow named the same variables over the years. */
export type Names = {
  cell(depth: number): string;
  attention: string | null;
  kernel: string;
  bias: string;
  words: (name: string) => string;
};
const asIs = (name: string) => name;
export const OLD: Names = {
  cell: (depth) => `RNN/MultiRNNCell/Cell${depth}/BasicLSTMCell`,
  attention: null,
  kernel: 'Linear/Matrix',
  bias: 'Linear/Bias',
  words: asIs,
};
export const OLD_ATTENTION: Names = {
  ...OLD,
  cell: (depth) => `RNN/AttentionCellWrapper/MultiRNNCell/Cell${depth}/BasicLSTMCell`,
  attention: 'RNN/AttentionCellWrapper',
  words: (name) =>
    name
      .replace('attention_output_projection', 'AttnOutputProjection')
      .replace('attention', 'Attention')
      .replace('attn_w', 'AttnW')
      .replace('attn_v', 'AttnV'),
};
export const MIDDLE: Names = {
  ...OLD,
  cell: (depth) => `rnn/multi_rnn_cell/cell_${depth}/basic_lstm_cell`,
  kernel: 'weights',
  bias: 'biases',
};
export const NEW: Names = { ...MIDDLE, kernel: 'kernel', bias: 'bias' };
export const NEW_ATTENTION: Names = {
  ...NEW,
  cell: (depth) =>
    `rnn/multi_rnn_cell/cell_${depth}/${depth === 0 ? 'attention_cell_wrapper/' : ''}basic_lstm_cell`,
  attention: 'rnn/multi_rnn_cell/cell_0/attention_cell_wrapper',
  words: (name) => name.replace('attention_output_projection', 'attn_output_projection'),
};

/** Random weights under the given names, an optimiser's slots and counters among them. */
export function network(
  names: Names,
  { inputs, classes, units }: { inputs: number; classes: number; units: number[] },
) {
  const tensors = new Map<string, Tensor>();
  units.forEach((width, depth) => {
    const below = depth === 0 ? inputs : (units[depth - 1] as number);
    tensors.set(`${names.cell(depth)}/${names.kernel}`, tensor(below + width, 4 * width));
    tensors.set(`${names.cell(depth)}/${names.bias}`, tensor(4 * width));
    tensors.set(`${names.cell(depth)}/${names.kernel}/Adam`, tensor(below + width, 4 * width));
  });
  if (names.attention) {
    const wrapped = names.cell(1).startsWith(names.attention) ? units : units.slice(0, 1);
    const width = wrapped.at(-1) as number;
    const states = 2 * wrapped.reduce((a, b) => a + b);
    const part = (name: string) => names.words(`${names.attention}/${name}`);
    tensors.set(part(names.kernel), tensor(inputs + width, inputs));
    tensors.set(part(names.bias), tensor(inputs));
    tensors.set(part(`attention/${names.kernel}`), tensor(states, width));
    tensors.set(part(`attention/${names.bias}`), tensor(width));
    tensors.set(part('attention/attn_w'), tensor(1, 1, width, width));
    tensors.set(part('attention/attn_v'), tensor(width));
    tensors.set(part(`attention_output_projection/${names.kernel}`), tensor(2 * width, width));
    tensors.set(part(`attention_output_projection/${names.bias}`), tensor(width));
  }
  tensors.set('fully_connected/weights', tensor(units.at(-1) as number, classes));
  tensors.set('fully_connected/biases', tensor(classes));
  tensors.set('beta1_power', { shape: [], values: Float32Array.of(0.9) });
  return tensors;
}
