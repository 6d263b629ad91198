/** The network as an ONNX graph. T = steps, B = batch, I = inputs, H = units, V = classes, L = attention length. */
import {
  type Architecture,
  type Attention,
  attentionSize,
  FORGET_BIAS,
  type LstmLayer,
} from '../../models/architecture.js';
import { GraphBuilder } from '../../onnx-format/graph.js';

/** ONNX's number of the element type. */
const BOOL = 9;
/** Where ONNX's gates i, o, f, c stand in TensorFlow's order i, g, f, o. */
const GATES = [0, 3, 2, 1];

export const headOutput = (head: number): string => `logits${head}`;
export const nextName = (state: string): string => `next_${state}`;

/** A part of the state: [B, ...shape]. */
export interface StatePart {
  name: string;
  shape: number[];
}

/** In the order of `stateSizes`. */
export function stateParts(architecture: Architecture): StatePart[] {
  const { layers, attention } = architecture;
  const attended = attentionSize(architecture);
  return [
    ...layers.flatMap(({ units }, depth) =>
      [`h${depth}`, `c${depth}`].map((name) => ({ name, shape: [units] })),
    ),
    ...(attention
      ? [
          { name: 'context', shape: [attended] },
          { name: 'memory', shape: [attention.length, attended] },
        ]
      : []),
  ];
}

/**
 * Inputs `x` [T, B, I], `lengths` [B] and the state's parts; outputs logits [B, V] a head and the next state. With attention T is 1, since
 * what is attended to depends on the step before, and a row whose length is 0 keeps its state.
 */
export function networkGraph(architecture: Architecture): Uint8Array {
  const { inputSize, layers, heads, attention } = architecture;
  const graph = new GraphBuilder();
  const parts = stateParts(architecture);
  let x = graph.input('x', 'float32', ['T', 'B', inputSize]);
  const lengths = graph.input('lengths', 'int32', ['B']);
  for (const { name, shape } of parts) graph.input(name, 'float32', ['B', ...shape]);
  const isActive = attention && graph.node('Cast', [lengths], { to: { int: BOOL } });
  const output = ({ name, shape }: StatePart, value: string) => {
    const kept = isActive ? keepInactive(graph, isActive, [value, name], shape.length) : value;
    graph.output(graph.named(nextName(name), kept), 'float32', ['B', ...shape]);
  };
  const next = new Map<string, string>();
  let top = '';
  const inner: string[] = [];
  if (attention) x = mixInput(graph, attention, x);
  layers.forEach((layer, depth) => {
    const inputs = depth === 0 ? inputSize : (layers[depth - 1] as LstmLayer).units;
    const cell = addLstm(graph, layer, inputs, [x, attention ? '' : lengths, `h${depth}`, `c${depth}`]);
    next.set(`h${depth}`, cell.h).set(`c${depth}`, cell.c);
    x = cell.outputs;
    top = cell.h;
    inner.push(cell.c, cell.h);
    if (attention && depth === attention.layers - 1) {
      const attended = addAttention(graph, attention, layer.units, [...inner]);
      next.set('context', attended.context).set('memory', attended.memory);
      x = graph.node('Unsqueeze', [attended.output, graph.integers(0)]);
      top = attended.output;
    }
  });
  for (const part of parts) output(part, next.get(part.name) as string);
  heads.forEach(({ classes, kernel, bias }, i) => {
    const logits = addAffine(graph, kernel, bias, top);
    graph.output(graph.named(headOutput(i), logits), 'float32', ['B', classes]);
  });
  return graph.encode();
}

/** `fresh` in the active rows, `before` in the others; both have `rank` dimensions besides the batch. */
function keepInactive(
  graph: GraphBuilder,
  isActive: string,
  [fresh, before]: [string, string],
  rank: number,
): string {
  const axes = Array.from({ length: rank }, (_, i) => i + 1);
  return graph.node('Where', [graph.node('Unsqueeze', [isActive, graph.integers(...axes)]), fresh, before]);
}

function addAffine(graph: GraphBuilder, kernel: Float32Array, bias: Float32Array, x: string): string {
  const product = graph.node('MatMul', [
    x,
    graph.constant(kernel, [kernel.length / bias.length, bias.length]),
  ]);
  return graph.node('Add', [product, graph.constant(bias, [bias.length])]);
}

/** `outputs` [T, B, H] of every step; h and c [B, H] after each row's last. `lengths` may be left out with ''. */
function addLstm(
  graph: GraphBuilder,
  layer: LstmLayer,
  inputs: number,
  [x, lengths, h, c]: [string, string, string, string],
) {
  const { units } = layer;
  const weights = onnxWeights(layer, inputs);
  const w = graph.constant(weights.w, [1, 4 * units, inputs]);
  const r = graph.constant(weights.r, [1, 4 * units, units]);
  const b = graph.constant(weights.b, [1, 8 * units]);
  const [h0, c0] = [h, c].map((state) => graph.node('Unsqueeze', [state, graph.integers(0)])) as [
    string,
    string,
  ];
  const [outputs, hNext, cNext] = graph.nodes(
    'LSTM',
    [x, w, r, b, lengths, h0, c0],
    { hidden_size: { int: units } },
    3,
  ) as [string, string, string];
  return {
    outputs: graph.node('Squeeze', [outputs, graph.integers(1)]),
    h: graph.node('Squeeze', [hNext, graph.integers(0)]),
    c: graph.node('Squeeze', [cNext, graph.integers(0)]),
  };
}

/** x [1, B, I] and the context [B, H] become an input [1, B, I]. */
function mixInput(graph: GraphBuilder, { inputKernel, inputBias }: Attention, x: string): string {
  const flat = graph.node('Squeeze', [x, graph.integers(0)]);
  const joined = graph.node('Concat', [flat, 'context'], { axis: { int: 1 } });
  return graph.node('Unsqueeze', [addAffine(graph, inputKernel, inputBias, joined), graph.integers(0)]);
}

/**
 * From the new c and h of each layer inside, [B, units] each: what is attended to [B, H], the output [B, H] and the memory [B, L, H]
 * with it.
 */
function addAttention(graph: GraphBuilder, attention: Attention, units: number, inner: string[]) {
  const query = addAffine(
    graph,
    attention.queryKernel,
    attention.queryBias,
    graph.node('Concat', inner, { axis: { int: 1 } }),
  );
  const keys = graph.node('MatMul', ['memory', graph.constant(attention.keyKernel, [units, units])]);
  const matched = graph.node('Tanh', [
    graph.node('Add', [keys, graph.node('Unsqueeze', [query, graph.integers(1)])]),
  ]);
  const scores = graph.node('MatMul', [matched, graph.constant(attention.scoreVector, [units, 1])]);
  const weights = graph.node('Softmax', [scores], { axis: { int: 1 } });
  const context = graph.node('ReduceSum', [graph.node('Mul', [weights, 'memory']), graph.integers(1)], {
    keepdims: { int: 0 },
  });
  const output = addAffine(
    graph,
    attention.outputKernel,
    attention.outputBias,
    graph.node('Concat', [inner.at(-1) as string, context], { axis: { int: 1 } }),
  );
  const kept = graph.node('Slice', [
    'memory',
    graph.integers(1),
    graph.integers(attention.length),
    graph.integers(1),
  ]);
  const memory = graph.node('Concat', [kept, graph.node('Unsqueeze', [output, graph.integers(1)])], {
    axis: { int: 1 },
  });
  return { context, output, memory };
}

/** W [4H, I], R [4H, H] and B [8H] in ONNX's gate order, from TensorFlow's kernel [I + H, 4H] and bias [4H]. */
function onnxWeights({ units, kernel, bias }: LstmLayer, inputs: number) {
  const w = new Float32Array(4 * units * inputs);
  const r = new Float32Array(4 * units * units);
  const b = new Float32Array(8 * units);
  GATES.forEach((source, gate) => {
    for (let unit = 0; unit < units; unit++) {
      const row = gate * units + unit;
      const column = source * units + unit;
      b[row] = (bias[column] as number) + (source === 2 ? FORGET_BIAS : 0);
      for (let i = 0; i < inputs; i++) w[row * inputs + i] = kernel[i * 4 * units + column] as number;
      for (let i = 0; i < units; i++)
        r[row * units + i] = kernel[(inputs + i) * 4 * units + column] as number;
    }
  });
  return { w, r, b };
}
