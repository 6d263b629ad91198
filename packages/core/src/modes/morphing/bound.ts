import type { Params } from './params.js';

/** The relative distance at closeness 0: of unlike tunes of Nottingham half are within 0.21 of each other, nine in ten within 0.27. */
const FURTHEST = 0.3;

/** The relative distance that no pass goes beyond. */
export function boundOf({ closeness }: Pick<Params, 'closeness'>): number {
  return FURTHEST * (1 - closeness);
}
