/** The published equations of Magenta's networks on plain arrays, written apart from the code that they are compared with. */
import type { MelodyEvent } from '../../music/melody.js';
import { type Model, NO_CONDITION, stepNetwork, type Tensor, zeroState } from '../index.js';
import type { Names } from './network.fixture.js';

interface Affine {
  kernel: number[][];
  bias: number[];
}
interface PublishedAttention {
  wraps: number;
  length: number;
  input: Affine;
  query: Affine;
  w: number[][];
  v: number[];
  output: Affine;
}

interface PublishedParts {
  layers: Affine[];
  attention: PublishedAttention | null;
  head: Affine;
}

export function partsOf(tensors: ReadonlyMap<string, Tensor>, names: Names, length: number): PublishedParts {
  const rows = (name: string) => rowsOf(tensors.get(name) as Tensor);
  const one = (name: string) => rows(name)[0] as number[];
  const affine = (path: string): Affine => ({
    kernel: rows(`${path}/${names.kernel}`),
    bias: one(`${path}/${names.bias}`),
  });
  const layers = [0, 1]
    .map(names.cell)
    .filter((path) => tensors.has(`${path}/${names.kernel}`))
    .map(affine);
  const head = { kernel: rows('fully_connected/weights'), bias: one('fully_connected/biases') };
  if (!names.attention) return { layers, attention: null, head };
  const part = (name: string) => names.words(`${names.attention}/${name}`);
  const attention = {
    wraps: names.cell(1).startsWith(names.attention) ? 2 : 1,
    length,
    input: affine(names.attention),
    query: affine(part('attention')),
    w: rows(part('attention/attn_w')),
    v: one(part('attention/attn_v')),
    output: affine(part('attention_output_projection')),
  };
  return { layers, attention, head };
}

/** Of the logits, over the steps of a melody that goes on as the model likes best. */
export function worstDifference(
  { architecture, encoding }: Model,
  published: (input: number[]) => number[],
  { events, steps }: { events: MelodyEvent[]; steps: number },
): number {
  let state = zeroState(architecture);
  let worst = 0;
  for (let position = 0; position < steps; position++) {
    const encoded = encoding.encode(events, position, NO_CONDITION);
    const stepped = stepNetwork(architecture, state, encoded);
    state = stepped.state;
    const input: number[] = Array(encoding.inputSize).fill(0);
    encoded.indices.forEach((index, i) => {
      input[index] = encoded.values?.[i] ?? 1;
    });
    const wanted = published(input);
    const logits = [...(stepped.logits[0] as Float64Array)];
    worst = Math.max(worst, ...logits.map((value, i) => Math.abs(value - (wanted[i] as number))));
    if (position === events.length - 1)
      events.push(encoding.eventOf(logits.indexOf(Math.max(...logits)), events));
  }
  return worst;
}

/** In nats a step. */
export function meanLoss({ architecture, encoding }: Model, melody: MelodyEvent[]): number {
  let state = zeroState(architecture);
  let loss = 0;
  for (let position = 0; position + 1 < melody.length; position++) {
    const stepped = stepNetwork(architecture, state, encoding.encode(melody, position, NO_CONDITION));
    state = stepped.state;
    const logits = [...(stepped.logits[0] as Float64Array)];
    const label = encoding.classOf(melody[position + 1] as MelodyEvent, melody.slice(0, position + 1));
    loss += Math.log(logits.reduce((sum, value) => sum + Math.exp(value), 0)) - (logits[label] as number);
  }
  return loss / (melody.length - 1);
}

/** BasicLSTMCell and AttentionCellWrapper, equation by equation, on plain arrays. Answers the logits of one step after another. */
export function publishedNetwork({ layers, attention, head }: PublishedParts) {
  const times = (x: number[], { kernel, bias }: Affine) =>
    bias.map((b, j) => x.reduce((sum, value, i) => sum + value * ((kernel[i] as number[])[j] as number), b));
  const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
  const states = layers.map(({ bias }) => ({
    c: Array(bias.length / 4).fill(0),
    h: Array(bias.length / 4).fill(0),
  }));
  let context: number[] = Array(attention?.v.length ?? 0).fill(0);
  let memory: number[][] = Array(attention?.length ?? 0).fill(context);
  return (input: number[]): number[] => {
    let x = attention ? times([...input, ...context], attention.input) : input;
    layers.forEach((layer, depth) => {
      const state = states[depth] as { c: number[]; h: number[] };
      const gates = times([...x, ...state.h], layer);
      const units = state.c.length;
      const [i, j, f, o] = [0, 1, 2, 3].map((gate) =>
        gates.slice(gate * units, (gate + 1) * units),
      ) as number[][];
      state.c = state.c.map(
        (c, n) =>
          c * sigmoid((f?.[n] as number) + 1) + sigmoid(i?.[n] as number) * Math.tanh(j?.[n] as number),
      );
      state.h = state.c.map((c, n) => Math.tanh(c) * sigmoid(o?.[n] as number));
      x = state.h;
      if (attention && depth === attention.wraps - 1) {
        const query = times(
          states.slice(0, attention.wraps).flatMap(({ c, h }) => [...c, ...h]),
          attention.query,
        );
        const scores = memory.map((past) => {
          const key = times(past, { kernel: attention.w, bias: query });
          return key.reduce((sum, value, n) => sum + (attention.v[n] as number) * Math.tanh(value), 0);
        });
        const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
        context = context.map((_, n) =>
          memory.reduce(
            (sum, past, m) => sum + (Math.exp(scores[m] as number) / total) * (past[n] as number),
            0,
          ),
        );
        x = times([...state.h, ...context], attention.output);
        memory = [...memory.slice(1), x];
      }
    });
    return times(x, head);
  };
}

/** A matrix by its rows; a vector is one row. */
function rowsOf({ shape, values }: Tensor): number[][] {
  const columns = shape.at(-1) as number;
  return Array.from({ length: values.length / columns }, (_, row) => [
    ...values.subarray(row * columns, (row + 1) * columns),
  ]);
}
