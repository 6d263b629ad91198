/** On the way from one melody to another: the operations that turn the first into the second, so many of them as the share says. */
import { alignMelodies, type KeyedMelody, type Sound } from '../../music/index.js';

/** `share` 0 is the first melody, 1 the second. What weighs least is changed first. */
export function between(first: KeyedMelody, second: KeyedMelody, share: number): KeyedMelody {
  const { distance, operations } = alignMelodies(first, second);
  const lightest = [...operations.keys()].sort(
    (a, b) => (operations[a]?.weight ?? 0) - (operations[b]?.weight ?? 0) || a - b,
  );
  const done = new Set<number>();
  let weight = 0;
  for (const i of lightest.slice(0, Math.ceil(share * operations.length))) {
    weight += operations[i]?.weight ?? 0;
    if (weight <= share * distance + 1e-9) done.add(i);
  }
  const sounds = operations.flatMap(({ from, to }, i): Sound[] =>
    done.has(i) ? second.sounds.slice(...to) : first.sounds.slice(...from),
  );
  return { sounds, key: share < 0.5 ? first.key : second.key };
}
