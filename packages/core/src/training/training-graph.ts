/**
 * One step of training as an ONNX graph: forward, cross-entropy, back-propagation through time by hand, gradient clipping, Adam.
 * T = steps, B = batch, I = inputs, H = units, V = classes. Rows of flattened matrices are ordered [T, B].
 */
import { FORGET_BIAS } from '../models/architecture.js';
import { GraphBuilder } from '../onnx-format/graph.js';
import { biasName, headNames, kernelName, type NetworkShape } from './parameters.js';

const ADAM_BETA1 = 0.9;
const ADAM_BETA2 = 0.999;
const ADAM_EPSILON = 1e-8;

export interface WindowShape {
  steps: number;
  batch: number;
}

interface LayerForward {
  input: string;
  /** What is kept of the layer's output, [B, H]. */
  mask: string;
  wx: string;
  wh: string;
  hidden: string[];
  cells: string[];
  gates: { i: string; g: string; f: string; o: string; tanhCell: string }[];
}

/**
 * Inputs: `x` [T * B, I], `target` [T * B, V] a head (one-hot rows; rows of 0 do not count), `mask` [B, H] a layer (what dropout keeps of its
 * output, the same at every step after Gal and Ghahramani 2016; h goes on to the next step whole), `rate` (learning rate with Adam's bias
 * correction), `clip` (largest gradient norm), h and c [B, H] a layer, each parameter P with its moments `P/m`, `P/v`.
 * Outputs: `loss` a head (sum of nats), `norm` (of the gradient of the heads' mean losses, added up), next h and c, and each parameter and
 * moment under `next/`.
 */
export function trainingGraph(network: NetworkShape, { steps, batch }: WindowShape): Uint8Array {
  const graph = new GraphBuilder();
  const { units, inputSize, heads } = network;
  const rows = steps * batch;
  const node = graph.node.bind(graph);
  const mul = (a: string, b: string) => node('Mul', [a, b]);
  const add = (a: string, b: string) => node('Add', [a, b]);
  const sub = (a: string, b: string) => node('Sub', [a, b]);
  const matMul = (a: string, b: string) => node('MatMul', [a, b]);
  const transpose = (a: string) => node('Transpose', [a], { perm: { ints: [1, 0] } });
  const sumRows = (a: string) => node('ReduceSum', [a, zeroAxis], { keepdims: { int: 0 } });
  const split = (a: string, axis: number, parts: number) =>
    graph.nodes('Split', [a], { axis: { int: axis }, num_outputs: { int: parts } }, parts);
  const concat = (parts: string[], axis: number) => node('Concat', parts, { axis: { int: axis } });
  const zeroAxis = graph.integers(0);
  const one = graph.scalar(1);

  const parameters = new Map<string, number[]>();
  const parameter = (name: string, shape: number[]) => {
    parameters.set(name, shape);
    return graph.input(name, 'float32', shape);
  };

  const layers: LayerForward[] = [];
  let input = graph.input('x', 'float32', [rows, inputSize]);
  units.forEach((width, depth) => {
    const inputs = depth === 0 ? inputSize : (units[depth - 1] as number);
    const kernel = parameter(kernelName(depth), [inputs + width, 4 * width]);
    const bias = parameter(biasName(depth), [4 * width]);
    const [wx, wh] = graph.nodes(
      'Split',
      [kernel, graph.integers(inputs, width)],
      { axis: { int: 0 } },
      2,
    ) as [string, string];
    const forget = Float32Array.from({ length: 4 * width }, (_, i) =>
      Math.floor(i / width) === 2 ? FORGET_BIAS : 0,
    );
    const fromInput = add(matMul(input, wx), add(bias, graph.constant(forget, [4 * width])));
    const mask = graph.input(`mask${depth}`, 'float32', [batch, width]);
    const hidden = [graph.input(`h${depth}`, 'float32', [batch, width])];
    const cells = [graph.input(`c${depth}`, 'float32', [batch, width])];
    const gates: LayerForward['gates'] = [];
    for (const z of split(fromInput, 0, steps)) {
      const [zi, zg, zf, zo] = split(add(z, matMul(hidden.at(-1) as string, wh)), 1, 4) as [
        string,
        string,
        string,
        string,
      ];
      const i = node('Sigmoid', [zi]);
      const g = node('Tanh', [zg]);
      const f = node('Sigmoid', [zf]);
      const o = node('Sigmoid', [zo]);
      const cell = add(mul(f, cells.at(-1) as string), mul(i, g));
      const tanhCell = node('Tanh', [cell]);
      cells.push(cell);
      hidden.push(mul(o, tanhCell));
      gates.push({ i, g, f, o, tanhCell });
    }
    graph.output(graph.named(`next/h${depth}`, hidden.at(-1) as string), 'float32', [batch, width]);
    graph.output(graph.named(`next/c${depth}`, cells.at(-1) as string), 'float32', [batch, width]);
    layers.push({ input, mask, wx, wh, hidden, cells, gates });
    input = concat(
      hidden.slice(1).map((h) => mul(h, mask)),
      0,
    );
  });

  const gradients = new Map<string, string>();
  const top = input;
  let dOutput = '';
  heads.forEach(({ classes }, head) => {
    const names = headNames(network, head);
    const kernel = parameter(names.kernel, [units.at(-1) as number, classes]);
    const bias = parameter(names.bias, [classes]);
    const target = graph.input(`target${head}`, 'float32', [rows, classes]);
    const logits = add(matMul(top, kernel), bias);
    const logProbabilities = node('LogSoftmax', [logits], { axis: { int: 1 } });
    const loss = node('Neg', [node('ReduceSum', [mul(logProbabilities, target)], { keepdims: { int: 0 } })]);
    graph.output(graph.named(`loss${head}`, loss), 'float32', []);
    const counts = node('ReduceSum', [target, graph.integers(1)], { keepdims: { int: 1 } });
    const total = node('Max', [node('ReduceSum', [counts], { keepdims: { int: 0 } }), one]);
    const dLogits = node('Div', [sub(mul(node('Exp', [logProbabilities]), counts), target), total]);
    gradients.set(names.kernel, matMul(transpose(top), dLogits));
    gradients.set(names.bias, sumRows(dLogits));
    const dTop = matMul(dLogits, transpose(kernel));
    dOutput = dOutput ? add(dOutput, dTop) : dTop;
  });
  for (let depth = units.length - 1; depth >= 0; depth--) {
    const { wx, wh, mask, hidden, cells, gates, input: x } = layers[depth] as LayerForward;
    const whTransposed = transpose(wh);
    const dHidden = split(dOutput, 0, steps).map((dh) => mul(dh, mask));
    const dGates: string[] = [];
    let dCellNext: string | null = null;
    let dHiddenNext: string | null = null;
    for (let t = steps - 1; t >= 0; t--) {
      const { i, g, f, o, tanhCell } = gates[t] as LayerForward['gates'][number];
      const dh: string = dHiddenNext ? add(dHidden[t] as string, dHiddenNext) : (dHidden[t] as string);
      const throughHidden = mul(mul(dh, o), sub(one, mul(tanhCell, tanhCell)));
      const dCell: string = dCellNext ? add(dCellNext, throughHidden) : throughHidden;
      const sigmoidSlope = (s: string) => mul(s, sub(one, s));
      const dz: string = concat(
        [
          mul(mul(dCell, g), sigmoidSlope(i)),
          mul(mul(dCell, i), sub(one, mul(g, g))),
          mul(mul(dCell, cells[t] as string), sigmoidSlope(f)),
          mul(mul(dh, tanhCell), sigmoidSlope(o)),
        ],
        1,
      );
      dGates.unshift(dz);
      dCellNext = mul(dCell, f);
      dHiddenNext = t > 0 ? matMul(dz, whTransposed) : null;
    }
    const dZ = concat(dGates, 0);
    const dWx = matMul(transpose(x), dZ);
    const dWh = matMul(transpose(concat(hidden.slice(0, -1), 0)), dZ);
    gradients.set(kernelName(depth), concat([dWx, dWh], 0));
    gradients.set(biasName(depth), sumRows(dZ));
    if (depth > 0) dOutput = matMul(dZ, transpose(wx));
  }

  const squares = [...gradients.values()].map((g) => node('ReduceSumSquare', [g], { keepdims: { int: 0 } }));
  const norm = node('Sqrt', [node('Sum', squares)]);
  graph.output(graph.named('norm', norm), 'float32', []);
  const clip = graph.input('clip', 'float32', []);
  const scale = node('Min', [one, node('Div', [clip, node('Max', [norm, graph.scalar(1e-12)])])]);
  const rate = graph.input('rate', 'float32', []);
  const [beta1, rest1, beta2, rest2, epsilon] = [
    ADAM_BETA1,
    1 - ADAM_BETA1,
    ADAM_BETA2,
    1 - ADAM_BETA2,
    ADAM_EPSILON,
  ].map((value) => graph.scalar(value)) as [string, string, string, string, string];
  for (const [name, shape] of parameters) {
    const gradient = mul(gradients.get(name) as string, scale);
    const m = add(mul(graph.input(`${name}/m`, 'float32', shape), beta1), mul(gradient, rest1));
    const v = add(
      mul(graph.input(`${name}/v`, 'float32', shape), beta2),
      mul(mul(gradient, gradient), rest2),
    );
    const moved = sub(name, mul(rate, node('Div', [m, add(node('Sqrt', [v]), epsilon)])));
    graph.output(graph.named(`next/${name}`, moved), 'float32', shape);
    graph.output(graph.named(`next/${name}/m`, m), 'float32', shape);
    graph.output(graph.named(`next/${name}/v`, v), 'float32', shape);
  }
  return graph.encode();
}
