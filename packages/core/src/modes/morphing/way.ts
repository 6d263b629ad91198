import type { Params } from './params.js';

/** Passes from one melody to the other where there is no end to them. */
const ENDLESS_WAY = 8;

/** How far a pass has come on the way from one visitor's melody to the next one's, 0 to 1. */
export function shareOfWay(number: number, { passes }: Pick<Params, 'passes'>): number {
  return Math.min(1, number / (passes || ENDLESS_WAY));
}
