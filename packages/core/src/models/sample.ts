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
 * `badLogits` for a logit that is not a number and `nothingAllowed` for a mask that allows no class.
 */
export function sample(logits: Float32Array, options: SampleOptions, coin: number): Sample {
  const classes: number[] = [];
  for (let i = 0; i < logits.length; i++) {
    if (Number.isNaN(logits[i]))
      throw new AppError('badLogits', `logit ${i} of ${logits.length} is not a number`);
    if (!options.allowed || options.allowed[i]) classes.push(i);
  }
  if (classes.length === 0) throw new AppError('nothingAllowed', 'the mask allows no class');
  const logit = (index: number) => logits[index] as number;
  const best = classes.reduce((a, b) => (logit(b) > logit(a) ? b : a));
  if (options.temperature === 0) return { index: best, logProbability: 0 };

  const truncated = options.topK !== null || options.topP !== null;
  if (truncated) classes.sort((a, b) => logit(b) - logit(a) || a - b);
  if (options.topK !== null) classes.length = Math.min(classes.length, Math.max(1, options.topK));
  const weights = classes.map((index) => Math.exp((logit(index) - logit(best)) / options.temperature));
  let total = weights.reduce((a, b) => a + b, 0);
  if (options.topP !== null) {
    const wanted = total * options.topP;
    let reached = 0;
    let kept = 0;
    while (kept < weights.length && (kept === 0 || reached < wanted)) reached += weights[kept++] as number;
    weights.length = kept;
    total = reached;
  }
  let left = coin * total;
  let drawn = 0;
  while (drawn < weights.length - 1 && left >= (weights[drawn] as number)) left -= weights[drawn++] as number;
  while (weights[drawn] === 0) drawn--;
  return { index: classes[drawn] as number, logProbability: Math.log((weights[drawn] as number) / total) };
}
