/** Cuts sequences into windows for truncated back-propagation: B streams of sequences, each window going on where the last one ended. */
import type { MelodyEncoding } from '../models/encoding.js';
import type { RandomStream } from '../random.js';
import type { Sequence, Targets } from './sequence.js';
import type { WindowShape } from './training-graph.js';

export interface TrainingWindow {
  /** [T * B, I] */
  x: Float32Array;
  /** [T * B, V] a head; rows of 0 do not count. */
  targets: Float32Array[];
  /** Streams in which a sequence begins with this window: their state starts from zero. */
  begins: boolean[];
  /** Steps of melody that count. */
  tokens: number;
}

export interface Windowing extends WindowShape {
  encoding: MelodyEncoding;
  targets: Targets;
  /** V of each head. */
  classes: readonly number[];
}

/** Every step but a sequence's first is predicted once. A sequence's last window is padded. */
export function* windowsOf(
  sequences: readonly Sequence[],
  { steps, batch, encoding, targets, classes }: Windowing,
): Generator<TrainingWindow> {
  const waiting = [...sequences];
  const streams: ({ sequence: Sequence; at: number } | null)[] = Array(batch).fill(null);
  while (true) {
    const window: TrainingWindow = {
      x: new Float32Array(steps * batch * encoding.inputSize),
      targets: classes.map((width) => new Float32Array(steps * batch * width)),
      begins: Array(batch).fill(false),
      tokens: 0,
    };
    for (let b = 0; b < batch; b++) {
      let stream = streams[b] ?? null;
      if (!stream || stream.at >= stream.sequence.melody.length - 1) {
        const sequence = waiting.shift();
        stream = sequence ? { sequence, at: 0 } : null;
        streams[b] = stream;
        window.begins[b] = true;
      }
      for (
        let t = 0;
        stream && t < steps && stream.at < stream.sequence.melody.length - 1;
        t++, stream.at++
      ) {
        const row = t * batch + b;
        const { sequence, at } = stream;
        const { indices, values } = encoding.encode(sequence.melody, at, sequence.condition);
        for (let i = 0; i < indices.length; i++)
          window.x[row * encoding.inputSize + (indices[i] as number)] = values?.[i] ?? 1;
        targets(sequence, at + 1).forEach((target, head) => {
          if (target !== null)
            (window.targets[head] as Float32Array)[row * (classes[head] as number) + target] = 1;
        });
        window.tokens++;
      }
    }
    if (window.tokens === 0) return;
    yield window;
  }
}

export function shuffled<T>(items: readonly T[], random: RandomStream): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1));
    [order[i], order[j]] = [order[j] as T, order[i] as T];
  }
  return order;
}
