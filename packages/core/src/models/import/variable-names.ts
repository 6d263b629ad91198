/** Brings the names that TensorFlow's versions gave to the same variables to the newest, and leaves out what is no weight. */
import type { Tensor } from '../checkpoint.js';

/** Old layers called their parts differently; newer ones followed Python's habits. */
const RENAMED: [RegExp, string][] = [
  [/\/linear\/matrix$/, '/kernel'],
  [/\/linear\/bias$/, '/bias'],
  [/\/weights$/, '/kernel'],
  [/\/biases$/, '/bias'],
  [/\/attn_output_projection\//, '/attention_output_projection/'],
];
const PARTS_OF_A_NETWORK = /^(rnn|fully_connected|heads)\//;

/** `RNN/MultiRNNCell/Cell0/BasicLSTMCell/Linear/Matrix` is `rnn/multi_rnn_cell/cell_0/basic_lstm_cell/kernel` today. */
export function currentName(name: string): string {
  if (!/^rnn\//i.test(name)) return name;
  const lower = name
    .replace(/([a-z])([A-Z0-9])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
  return RENAMED.reduce((current, [pattern, replacement]) => current.replace(pattern, replacement), lower);
}

/** The weights under their current names. An optimiser's slots are named below the variable that they belong to. */
export function currentWeights(tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const isSlot = (name: string) => tensors.has(name.slice(0, name.lastIndexOf('/')));
  return new Map(
    [...tensors].flatMap(([name, tensor]) => {
      const current = currentName(name);
      return PARTS_OF_A_NETWORK.test(current) && !isSlot(name) ? [[current, tensor] as const] : [];
    }),
  );
}
