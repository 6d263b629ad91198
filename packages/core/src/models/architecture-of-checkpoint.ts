/** Reads a network's architecture from the names and shapes of a checkpoint's weights. */
import { AppError } from '../app-error.js';
import type { Architecture, Attention, Head, LstmLayer } from './architecture.js';
import type { Checkpoint, Tensor } from './checkpoint.js';

const SINGLE_HEAD = 'melody';
const WRAPPER = 'rnn/multi_rnn_cell/cell_0/attention_cell_wrapper';
/** Magenta's own default; the weights do not tell. */
const DEFAULT_ATTENTION_LENGTH = 40;
const MAX_ATTENTION_LENGTH = 1024;

/**
 * Understands TensorFlow's names for LSTM stacks (`rnn/multi_rnn_cell/cell_N/basic_lstm_cell/...`) with one softmax
 * (`fully_connected/...`) or several (`heads/NAME/...`), and an attention wrapper around the first layer. Optimiser slots are passed over. Throws AppError `badCheckpoint` that names
 * the variable for what is missing, does not fit or is not finite.
 */
export function architectureOf(checkpoint: Checkpoint): Architecture {
  const { weights } = checkpoint;
  const layers: LstmLayer[] = [];
  let inputSize = 0;
  for (let depth = 0; ; depth++) {
    const wrapped = depth === 0 && weights.has(`${WRAPPER}/kernel`);
    const prefix = `${wrapped ? WRAPPER : `rnn/multi_rnn_cell/cell_${depth}`}/basic_lstm_cell`;
    if (!weights.has(`${prefix}/kernel`)) break;
    const kernel = matrix(weights, `${prefix}/kernel`);
    const units = kernel.columns / 4;
    if (!Number.isInteger(units))
      throw misfit(`${prefix}/kernel`, kernel.shape, '[inputs + units, 4 x units]');
    const inputs = kernel.rows - units;
    const expected = layers.at(-1)?.units ?? inputs;
    if (inputs < 1 || inputs !== expected)
      throw misfit(`${prefix}/kernel`, kernel.shape, `[${expected + units}, ${4 * units}]`);
    if (depth === 0) inputSize = inputs;
    layers.push({ units, kernel: kernel.values, bias: vector(weights, `${prefix}/bias`, 4 * units) });
  }
  const top = layers.at(-1);
  if (!top)
    throw new AppError(
      'badCheckpoint',
      'the checkpoint has no rnn/multi_rnn_cell/cell_0/basic_lstm_cell/kernel, so it is not an LSTM stack that is known here',
    );
  const attention = attentionOf(checkpoint, inputSize, layers[0]?.units ?? 0);
  return { inputSize, layers, attention, heads: headsOf(weights, top.units) };
}

function attentionOf({ config, weights }: Checkpoint, inputs: number, units: number): Attention | null {
  if (!weights.has(`${WRAPPER}/kernel`)) return null;
  const length = config.attentionLength ?? DEFAULT_ATTENTION_LENGTH;
  if (typeof length !== 'number' || !Number.isInteger(length) || length < 1 || length > MAX_ATTENTION_LENGTH)
    throw new AppError(
      'badCheckpoint',
      `config.json: attentionLength must be 1 to ${MAX_ATTENTION_LENGTH}, not ${length}`,
    );
  const sized = (name: string, ...shape: number[]) => {
    const tensor = finite(weights, name);
    if (tensor.shape.join() !== shape.join()) throw misfit(name, tensor.shape, `[${shape.join(', ')}]`);
    return tensor.values;
  };
  const projection = weights.has(`${WRAPPER}/attn_output_projection/kernel`)
    ? `${WRAPPER}/attn_output_projection`
    : `${WRAPPER}/attention_output_projection`;
  return {
    length,
    inputKernel: sized(`${WRAPPER}/kernel`, inputs + units, inputs),
    inputBias: sized(`${WRAPPER}/bias`, inputs),
    queryKernel: sized(`${WRAPPER}/attention/kernel`, 2 * units, units),
    queryBias: sized(`${WRAPPER}/attention/bias`, units),
    keyKernel: sized(`${WRAPPER}/attention/attn_w`, 1, 1, units, units),
    scoreVector: sized(`${WRAPPER}/attention/attn_v`, units),
    outputKernel: sized(`${projection}/kernel`, 2 * units, units),
    outputBias: sized(`${projection}/bias`, units),
  };
}

function headsOf(weights: Map<string, Tensor>, units: number): Head[] {
  const names = [...weights.keys()].flatMap((name) => /^heads\/([^/]+)\/weights$/.exec(name)?.[1] ?? []);
  const prefixes = names.length > 0 ? names.map((name) => `heads/${name}`) : ['fully_connected'];
  return prefixes.map((prefix, i) => {
    const kernel = matrix(weights, `${prefix}/weights`);
    if (kernel.rows !== units) throw misfit(`${prefix}/weights`, kernel.shape, `[${units}, classes]`);
    const bias = vector(weights, `${prefix}/biases`, kernel.columns);
    return { name: names[i] ?? SINGLE_HEAD, classes: kernel.columns, kernel: kernel.values, bias };
  });
}

function matrix(weights: Map<string, Tensor>, name: string) {
  const { shape, values } = finite(weights, name);
  const [rows, columns] = shape;
  if (shape.length !== 2 || !rows || !columns) throw misfit(name, shape, 'a matrix');
  return { rows, columns, shape, values };
}

function vector(weights: Map<string, Tensor>, name: string, length: number): Float32Array {
  const { shape, values } = finite(weights, name);
  if (shape.length !== 1 || shape[0] !== length) throw misfit(name, shape, `[${length}]`);
  return values;
}

function finite(weights: Map<string, Tensor>, name: string): Tensor {
  const tensor = weights.get(name);
  if (!tensor) throw new AppError('badCheckpoint', `the checkpoint has no ${name}`);
  const bad = tensor.values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new AppError(
      'badCheckpoint',
      `${name} holds ${tensor.values[bad]} at place ${bad}; weights must be finite`,
    );
  return tensor;
}

function misfit(name: string, shape: number[], wanted: string): AppError {
  return new AppError('badCheckpoint', `${name} has the shape [${shape.join(', ')}], not ${wanted}`);
}
