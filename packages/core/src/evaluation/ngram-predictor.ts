/**
 * An n-gram of melody events: pitches as intervals from the last one, so that keys do not matter. Orders are interpolated after Witten
 * and Bell (1991); the lowest knows the place in the bar.
 */
import { HOLD, type MelodyEvent, OFF } from '../music/melody.js';
import type { TrainingPiece } from '../training/dataset/piece.js';
import type { Predictor } from './predictor.js';

/** Intervals that can be told apart, in semitones either way; the rest are the widest. */
const WIDEST = 24;
const SYMBOLS = 2 * WIDEST + 3;

interface Counts {
  total: number;
  of: Map<number, number>;
}

export function trainNgram(pieces: readonly TrainingPiece[], order: number): Predictor {
  const contexts = new Map<string, Counts>();
  for (const piece of pieces) {
    const symbols = symbolsOf(piece.melody);
    for (let step = 1; step < symbols.length; step++)
      for (const context of contextsOf(symbols, step, order, piece.stepsPerBar)) {
        let counts = contexts.get(context);
        if (!counts) {
          counts = { total: 0, of: new Map() };
          contexts.set(context, counts);
        }
        const symbol = symbols[step] as number;
        counts.total++;
        counts.of.set(symbol, (counts.of.get(symbol) ?? 0) + 1);
      }
  }
  return {
    name: `${order}-gram`,
    score: async (scored) =>
      scored.map(({ melody, stepsPerBar }) => {
        const symbols = symbolsOf(melody);
        return Float64Array.from({ length: Math.max(0, symbols.length - 1) }, (_, i) => {
          const step = i + 1;
          const symbol = symbols[step] as number;
          let probability = 1 / SYMBOLS;
          for (const context of contextsOf(symbols, step, order, stepsPerBar)) {
            const counts = contexts.get(context);
            if (!counts) break;
            const { size } = counts.of;
            probability = ((counts.of.get(symbol) ?? 0) + size * probability) / (counts.total + size);
          }
          return -Math.log(probability);
        });
      }),
  };
}

/** 0 hold, 1 off, then intervals; a melody's first note is an interval of 0. */
function symbolsOf(melody: readonly MelodyEvent[]): number[] {
  let last: number | null = null;
  return melody.map((event) => {
    if (event === HOLD) return 0;
    if (event === OFF) return 1;
    const interval = Math.min(WIDEST, Math.max(-WIDEST, event - (last ?? event)));
    last = event;
    return 2 + WIDEST + interval;
  });
}

/** From the shortest context to the longest. */
function contextsOf(symbols: readonly number[], step: number, order: number, stepsPerBar: number): string[] {
  const place = `${stepsPerBar}:${step % stepsPerBar}`;
  const contexts = ['', place];
  for (let length = 1; length < order; length++)
    contexts.push(`${place}|${symbols.slice(Math.max(0, step - length), step).join()}`);
  return contexts;
}
