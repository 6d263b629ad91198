/**
 * The network in plain arrays: the readable reference that every runner is compared with. Accumulates in double precision.
 * I = inputs, H = units, V = classes.
 */
import type { Architecture, Head, LstmLayer } from './architecture.js';
import type { EncodedStep } from './encoding.js';

/** Per layer: c [H] and h [H]. */
export type NetworkState = { c: Float64Array; h: Float64Array }[];

const FORGET_BIAS = 1;

export function zeroState({ layers }: Architecture): NetworkState {
  return layers.map(({ units }) => ({ c: new Float64Array(units), h: new Float64Array(units) }));
}

/** One step. Answers a new state and the logits of each head, [V]. */
export function stepNetwork(
  architecture: Architecture,
  state: NetworkState,
  input: EncodedStep,
): { state: NetworkState; logits: Float64Array[] } {
  let x = new Float64Array(architecture.inputSize);
  input.indices.forEach((index, i) => {
    x[index] = input.values?.[i] ?? 1;
  });
  const next = architecture.layers.map((layer, depth) => {
    const stepped = stepLayer(layer, x, state[depth] as NetworkState[number]);
    x = stepped.h;
    return stepped;
  });
  return { state: next, logits: architecture.heads.map((head) => readHead(head, x)) };
}

/** h' = o tanh(c'), c' = f c + i g (Hochreiter and Schmidhuber 1997, with the forget gate of Gers 2000). */
function stepLayer({ units, kernel, bias }: LstmLayer, x: Float64Array, { c, h }: NetworkState[number]) {
  const gates = Float64Array.from(bias);
  const addRow = (row: number, value: number) => {
    if (value === 0) return;
    for (let j = 0; j < 4 * units; j++)
      gates[j] = (gates[j] as number) + value * (kernel[row * 4 * units + j] as number);
  };
  x.forEach((value, row) => {
    addRow(row, value);
  });
  h.forEach((value, row) => {
    addRow(x.length + row, value);
  });
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

function readHead({ classes, kernel, bias }: Head, h: Float64Array): Float64Array {
  const logits = Float64Array.from(bias);
  h.forEach((value, row) => {
    for (let j = 0; j < classes; j++)
      logits[j] = (logits[j] as number) + value * (kernel[row * classes + j] as number);
  });
  return logits;
}

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
