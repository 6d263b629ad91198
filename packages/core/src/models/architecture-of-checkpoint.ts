/** Reads a network's architecture from the names and shapes of a checkpoint's weights. */
import { AppError } from '../app-error.js';
import type { Architecture, Attention, Head, LstmLayer } from './architecture.js';
import type { Checkpoint, Tensor } from './checkpoint.js';

/** The head that a checkpoint with one has. */
export const MELODY_HEAD = 'melody';

const ATTENTION = 'attention_cell_wrapper';
const CELL = 'basic_lstm_cell';
const MAX_LAYERS = 64;
/** Magenta's own default; the weights do not tell. */
const DEFAULT_ATTENTION_LENGTH = 40;
const MAX_ATTENTION_LENGTH = 1024;

type Weights = Map<string, Tensor>;

/**
 * Understands TensorFlow's names for LSTM stacks with one softmax (`fully_connected/...`) or several (`heads/NAME/...`), and an
 * AttentionCellWrapper around the first layer or around them all. Optimiser slots are passed over. Throws AppError
 * `badCheckpoint` that names the variable for what is missing, does not fit or is not finite.
 */
export function architectureOf({ config, weights }: Checkpoint): Architecture {
  const { cells, wrapper } = findCells(weights);
  const layers: LstmLayer[] = [];
  for (const cell of cells) layers.push(layerOf(weights, cell, layers.at(-1)?.units ?? null));
  const [first] = layers;
  const top = layers.at(-1);
  if (!first || !top)
    throw new AppError(
      'badCheckpoint',
      `the checkpoint has no rnn/multi_rnn_cell/cell_0/${CELL}/kernel, so it is not an LSTM stack that is known here`,
    );
  const inputSize = first.kernel.length / (4 * first.units) - first.units;
  const attention =
    wrapper &&
    attentionOf(weights, wrapper.prefix, {
      length: lengthOf(config.attentionLength),
      layers: layers.slice(0, wrapper.layers ?? layers.length),
      inputSize,
    });
  return { inputSize, layers, attention, heads: headsOf(weights, top.units) };
}

/** The prefixes of the layers' weights in their order, and of the attention around them; `layers` null is all of them. */
function findCells(weights: Weights): {
  cells: string[];
  wrapper: { prefix: string; layers: number | null } | null;
} {
  const outside = `rnn/${ATTENTION}`;
  const inside = `rnn/multi_rnn_cell/cell_0/${ATTENTION}`;
  if (weights.has(`${inside}/kernel`))
    return {
      cells: [`${inside}/${CELL}`, ...stack(weights, 'rnn', 1)],
      wrapper: { prefix: inside, layers: 1 },
    };
  const wrapped = weights.has(`${outside}/kernel`);
  const root = wrapped ? outside : 'rnn';
  const single = weights.has(`${root}/${CELL}/kernel`);
  return {
    cells: single ? [`${root}/${CELL}`] : stack(weights, root, 0),
    wrapper: wrapped ? { prefix: outside, layers: null } : null,
  };
}

function stack(weights: Weights, root: string, from: number): string[] {
  const cells: string[] = [];
  for (let depth = from; depth < MAX_LAYERS; depth++) {
    const cell = `${root}/multi_rnn_cell/cell_${depth}/${CELL}`;
    if (!weights.has(`${cell}/kernel`)) break;
    cells.push(cell);
  }
  return cells;
}

function layerOf(weights: Weights, prefix: string, inputSize: number | null): LstmLayer {
  const kernel = matrix(weights, `${prefix}/kernel`);
  const units = kernel.columns / 4;
  if (!Number.isInteger(units)) throw misfit(`${prefix}/kernel`, kernel.shape, '[inputs + units, 4 x units]');
  const inputs = kernel.rows - units;
  if (inputs < 1 || inputs !== (inputSize ?? inputs))
    throw misfit(`${prefix}/kernel`, kernel.shape, `[${(inputSize ?? 1) + units}, ${4 * units}]`);
  return { units, kernel: kernel.values, bias: sized(weights, `${prefix}/bias`, [4 * units]) };
}

function lengthOf(length: unknown = DEFAULT_ATTENTION_LENGTH): number {
  if (typeof length === 'number' && Number.isInteger(length) && length >= 1 && length <= MAX_ATTENTION_LENGTH)
    return length;
  throw new AppError(
    'badCheckpoint',
    `config.json: attentionLength must be 1 to ${MAX_ATTENTION_LENGTH}, not ${length}`,
  );
}

function attentionOf(
  weights: Weights,
  prefix: string,
  { length, layers, inputSize }: { length: number; layers: LstmLayer[]; inputSize: number },
): Attention {
  const units = (layers.at(-1) as LstmLayer).units;
  const stateSize = 2 * layers.reduce((sum, layer) => sum + layer.units, 0);
  const weight = (name: string, ...shape: number[]) => sized(weights, `${prefix}/${name}`, shape);
  const projection = ['attention_output_projection', 'attn_output_projection'].find((name) =>
    weights.has(`${prefix}/${name}/kernel`),
  );
  if (!projection)
    throw new AppError('badCheckpoint', `the checkpoint has no ${prefix}/attention_output_projection/kernel`);
  return {
    layers: layers.length,
    length,
    inputKernel: weight('kernel', inputSize + units, inputSize),
    inputBias: weight('bias', inputSize),
    queryKernel: weight('attention/kernel', stateSize, units),
    queryBias: weight('attention/bias', units),
    keyKernel: weight('attention/attn_w', 1, 1, units, units),
    scoreVector: weight('attention/attn_v', units),
    outputKernel: weight(`${projection}/kernel`, 2 * units, units),
    outputBias: weight(`${projection}/bias`, units),
  };
}

function headsOf(weights: Weights, units: number): Head[] {
  const names = [...weights.keys()].flatMap((name) => /^heads\/([^/]+)\/weights$/.exec(name)?.[1] ?? []);
  const prefixes = names.length > 0 ? names.map((name) => `heads/${name}`) : ['fully_connected'];
  return prefixes.map((prefix, i) => {
    const kernel = matrix(weights, `${prefix}/weights`);
    if (kernel.rows !== units) throw misfit(`${prefix}/weights`, kernel.shape, `[${units}, classes]`);
    const bias = sized(weights, `${prefix}/biases`, [kernel.columns]);
    return { name: names[i] ?? MELODY_HEAD, classes: kernel.columns, kernel: kernel.values, bias };
  });
}

function matrix(weights: Weights, name: string) {
  const { shape, values } = finite(weights, name);
  const [rows, columns] = shape;
  if (shape.length !== 2 || !rows || !columns) throw misfit(name, shape, 'a matrix');
  return { rows, columns, shape, values };
}

function sized(weights: Weights, name: string, wanted: number[]): Float32Array {
  const { shape, values } = finite(weights, name);
  if (shape.join() !== wanted.join()) throw misfit(name, shape, `[${wanted.join(', ')}]`);
  return values;
}

function finite(weights: Weights, name: string): Tensor {
  const tensor = weights.get(name);
  if (!tensor) throw new AppError('badCheckpoint', `the checkpoint has no ${name}`);
  const bad = firstNotFinite(tensor.values);
  if (bad >= 0)
    throw new AppError(
      'badCheckpoint',
      `${name} holds ${tensor.values[bad]} at place ${bad}; weights must be finite`,
    );
  return tensor;
}

/** -1 where there is none. A plain loop: millions of weights are looked at while the booth plays. */
function firstNotFinite(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

function misfit(name: string, shape: number[], wanted: string): AppError {
  return new AppError('badCheckpoint', `${name} has the shape [${shape.join(', ')}], not ${wanted}`);
}
