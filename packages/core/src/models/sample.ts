/** From logits to one class: the last step of every generation. V = classes. */
import { AppError } from '../app-error.js';

export interface SampleOptions {
  /** Divides the logits; 0 takes the likeliest class. */
  temperature: number;
  /** Only the K likeliest classes, where given. */
  topK: number | null;
  /** Only the likeliest classes that together reach this probability, where given. */
  topP: number | null;
  /** [V], 1 where a class may be drawn; null allows all. */
  allowed: Uint8Array | null;
}

export interface Sample {
  index: number;
  /** Natural log of the probability it was drawn with: after mask, temperature and truncation. */
  logProbability: number;
}

/**
 * Draws a class from logits [V] with `coin`, uniform in [0, 1). Greedy ties go to the lowest class. Throws AppError
 * `badLogits` for logits that say nothing and `nothingAllowed` for a mask that allows no class.
 */
export function sample(logits: Float32Array, options: SampleOptions, coin: number): Sample {
  const { allowed } = options;
  let best = -1;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] as number;
    if (Number.isNaN(logit) || logit === Number.POSITIVE_INFINITY)
      throw new AppError('badLogits', `logit ${i} of ${logits.length} is ${logit}`);
    if ((!allowed || allowed[i]) && (best < 0 || logit > (logits[best] as number))) best = i;
  }
  if (best < 0) throw new AppError('nothingAllowed', 'the mask allows no class');
  if (logits[best] === Number.NEGATIVE_INFINITY)
    throw new AppError('badLogits', 'every logit that is allowed is -Infinity');
  if (options.temperature === 0) return { index: best, logProbability: 0 };
  const weights = scratchOf(logits.length);
  const most = logits[best] as number;
  for (let i = 0; i < logits.length; i++)
    if (allowed && !allowed[i]) weights[i] = 0;
    else weights[i] = Math.exp(((logits[i] as number) - most) / options.temperature);
  if (options.topK !== null || options.topP !== null) truncate(weights, options);
  return draw(weights, coin);
}

/** Used again by every call: a busy booth samples a hundred thousand times a second, and a new array costs more than the rest. */
let scratch = new Float64Array(0);

function scratchOf(length: number): Float64Array {
  if (scratch.length !== length) scratch = new Float64Array(length);
  return scratch;
}

/** Leaves the likeliest classes their weight and takes it from the others. */
function truncate(weights: Float64Array, { topK, topP }: SampleOptions): void {
  const order = [...weights.keys()].sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
  let kept = topK === null ? order.length : Math.min(order.length, Math.max(1, topK));
  if (topP !== null) {
    const total = order.slice(0, kept).reduce((sum, i) => sum + (weights[i] as number), 0);
    let reached = 0;
    let nucleus = 0;
    while (nucleus < kept && (nucleus === 0 || reached < total * topP))
      reached += weights[order[nucleus++] as number] as number;
    kept = nucleus;
  }
  for (const i of order.slice(kept)) weights[i] = 0;
}

function draw(weights: Float64Array, coin: number): Sample {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i] as number;
  let left = coin * total;
  let drawn = -1;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    if (weight === 0) continue;
    drawn = i;
    if (left < weight) break;
    left -= weight;
  }
  return { index: drawn, logProbability: Math.log((weights[drawn] as number) / total) };
}
