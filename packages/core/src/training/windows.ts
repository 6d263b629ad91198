/** Cuts pieces into windows for truncated back-propagation: B streams of pieces, each window going on where the last one ended. */
import { type MelodyEncoding, NO_CONDITION } from '../models/encoding.js';
import type { MelodyEvent } from '../music/melody.js';
import type { RandomStream } from '../random.js';
import type { WindowShape } from './training-graph.js';

export interface TrainingWindow {
  /** [T * B, I] */
  x: Float32Array;
  /** [T * B, V]; rows of 0 are padding. */
  target: Float32Array;
  /** Streams in which a piece begins with this window: their state starts from zero. */
  begins: boolean[];
  /** Steps that count. */
  tokens: number;
}

/** Every event but a piece's first is predicted once. A piece's last window is padded. */
export function* windowsOf(
  melodies: readonly (readonly MelodyEvent[])[],
  encoding: MelodyEncoding,
  { steps, batch }: WindowShape,
): Generator<TrainingWindow> {
  const waiting = [...melodies];
  const streams: { melody: readonly MelodyEvent[]; at: number }[] = Array.from({ length: batch }, () => ({
    melody: [],
    at: 0,
  }));
  while (true) {
    const window: TrainingWindow = {
      x: new Float32Array(steps * batch * encoding.inputSize),
      target: new Float32Array(steps * batch * encoding.classes),
      begins: Array(batch).fill(false),
      tokens: 0,
    };
    streams.forEach((stream, b) => {
      if (stream.at >= stream.melody.length - 1) {
        stream.melody = waiting.shift() ?? [];
        stream.at = 0;
        window.begins[b] = true;
      }
      for (let t = 0; t < steps && stream.at < stream.melody.length - 1; t++, stream.at++) {
        const row = t * batch + b;
        const { indices, values } = encoding.encode(stream.melody, stream.at, NO_CONDITION);
        indices.forEach((index, i) => {
          window.x[row * encoding.inputSize + index] = values?.[i] ?? 1;
        });
        const next = stream.melody[stream.at + 1] as MelodyEvent;
        window.target[
          row * encoding.classes + encoding.classOf(next, stream.melody.slice(0, stream.at + 1))
        ] = 1;
        window.tokens++;
      }
    });
    if (window.tokens === 0) return;
    yield window;
  }
}

/** Moves a melody by a random number of semitones that keeps it within the range; folded where it is wider. */
export function transposed(
  melody: readonly MelodyEvent[],
  { minPitch, maxPitch }: { minPitch: number; maxPitch: number },
  random: RandomStream,
): MelodyEvent[] {
  const pitches = melody.filter((event) => event >= 0);
  const lowest = Math.min(...pitches);
  const highest = Math.max(...pitches);
  const down = Math.max(minPitch - lowest, -6);
  const up = Math.min(maxPitch - highest, 6);
  const semitones = up >= down ? down + Math.floor(random.next() * (up - down + 1)) : 0;
  return melody.map((event) => (event >= 0 ? event + semitones : event));
}

export function shuffled<T>(items: readonly T[], random: RandomStream): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1));
    [order[i], order[j]] = [order[j] as T, order[i] as T];
  }
  return order;
}
