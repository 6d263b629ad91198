import type { RandomStream } from '../random.js';

/** [B, H] a layer: 0 for what is dropped, and what is kept made up for it. */
export function dropoutMasks(
  units: readonly number[],
  batch: number,
  { share, random }: { share: number; random: RandomStream },
): Float32Array[] {
  const kept = 1 / (1 - share);
  return units.map((width) =>
    Float32Array.from({ length: batch * width }, () => (random.next() < share ? 0 : kept)),
  );
}
