/**
 * The network in plain arrays: the readable reference that every runner is compared with. Accumulates in double precision.
 * I = inputs, H = units, V = classes, L = attention length.
 */
import {
  type Architecture,
  type Attention,
  attentionSize,
  FORGET_BIAS,
  type Head,
  type LstmLayer,
} from './architecture.js';
import type { EncodedStep } from './encoding.js';

type Vector = Float64Array;

export interface NetworkState {
  /** Per layer: c [H] and h [H]. */
  cells: { c: Vector; h: Vector }[];
  /** What was attended to last [H], and the past outputs of what attention wraps [L][H], the oldest first. */
  attention: { context: Vector; memory: Vector[] } | null;
}

export function zeroState(architecture: Architecture): NetworkState {
  const { layers, attention } = architecture;
  const size = attentionSize(architecture);
  const zeros = (length: number) => new Float64Array(length);
  return {
    cells: layers.map(({ units }) => ({ c: zeros(units), h: zeros(units) })),
    attention: attention && {
      context: zeros(size),
      memory: Array.from({ length: attention.length }, () => zeros(size)),
    },
  };
}

/** One step. Answers a new state and the logits of each head, [V]. */
export function stepNetwork(
  architecture: Architecture,
  state: NetworkState,
  input: EncodedStep,
): { state: NetworkState; logits: Vector[] } {
  let x: Vector = new Float64Array(architecture.inputSize);
  input.indices.forEach((index, i) => {
    x[index] = input.values?.[i] ?? 1;
  });
  const wrapper = architecture.attention;
  let attention = state.attention;
  if (wrapper && attention) x = affine(wrapper.inputKernel, wrapper.inputBias, join(x, attention.context));
  const cells: NetworkState['cells'] = [];
  architecture.layers.forEach((layer, depth) => {
    const stepped = stepLayer(layer, x, state.cells[depth] as NetworkState['cells'][number]);
    cells.push(stepped);
    x = stepped.h;
    if (!wrapper || !attention || depth !== wrapper.layers - 1) return;
    const context = attend(wrapper, join(...cells.flatMap(({ c, h }) => [c, h])), attention.memory);
    x = affine(wrapper.outputKernel, wrapper.outputBias, join(stepped.h, context));
    attention = { context, memory: [...attention.memory.slice(1), x] };
  });
  return { state: { cells, attention }, logits: architecture.heads.map((head) => readHead(head, x)) };
}

/** h' = o tanh(c'), c' = f c + i g (Hochreiter and Schmidhuber 1997, with the forget gate of Gers 2000). */
function stepLayer({ units, kernel, bias }: LstmLayer, x: Vector, { c, h }: { c: Vector; h: Vector }) {
  const gates = affine(kernel, bias, join(x, h));
  const gate = (g: number, unit: number) => gates[g * units + unit] as number;
  const next = { c: new Float64Array(units), h: new Float64Array(units) };
  for (let unit = 0; unit < units; unit++) {
    const forget = sigmoid(gate(2, unit) + FORGET_BIAS);
    const cell = forget * (c[unit] as number) + sigmoid(gate(0, unit)) * Math.tanh(gate(1, unit));
    next.c[unit] = cell;
    next.h[unit] = sigmoid(gate(3, unit)) * Math.tanh(cell);
  }
  return next;
}

/** The past outputs, weighted by softmax(v . tanh(W m + q)) (Bahdanau et al. 2015, as in TensorFlow's AttentionCellWrapper). */
function attend(attention: Attention, cellStates: Vector, memory: Vector[]): Vector {
  const query = affine(attention.queryKernel, attention.queryBias, cellStates);
  const scores = memory.map((past) => {
    const key = affine(attention.keyKernel, query, past);
    return key.reduce((sum, value, i) => sum + Math.tanh(value) * (attention.scoreVector[i] as number), 0);
  });
  const most = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - most));
  const total = weights.reduce((a, b) => a + b);
  return memory.reduce(
    (sum, past, i) =>
      sum.map((value, unit) => value + ((weights[i] as number) / total) * (past[unit] as number)),
    new Float64Array(query.length),
  );
}

function readHead({ kernel, bias }: Head, h: Vector): Vector {
  return affine(kernel, bias, h);
}

/** kernel [rows, columns], bias [columns], x [rows]: bias + x kernel, [columns]. */
function affine(kernel: Float32Array, bias: Float32Array | Vector, x: Vector): Vector {
  const sums = Float64Array.from(bias);
  const columns = sums.length;
  x.forEach((value, row) => {
    if (value === 0) return;
    for (let j = 0; j < columns; j++)
      sums[j] = (sums[j] as number) + value * (kernel[row * columns + j] as number);
  });
  return sums;
}

function join(...parts: Vector[]): Vector {
  return Float64Array.from(parts.flatMap((part) => [...part]));
}

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
