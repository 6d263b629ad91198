/** One more melody like it: notes are decorated, stretched and moved until it is as far from another as it may be. */
import {
  degreeOf,
  type Grid,
  type Key,
  type KeyedMelody,
  levelOf,
  pitchOfDegree,
  relativeDistance,
  type Sound,
  STEPS_PER_QUARTER,
} from '../../music/index.js';

export interface Strengths {
  ornament: number;
  rhythm: number;
  pitch: number;
}

export interface Variation {
  sounds: Sound[];
  /** From the reference, relative. */
  distance: number;
}

export interface VaryOptions {
  /** What the distance is measured from. */
  reference: KeyedMelody;
  /** The relative distance that is never passed. */
  atMost: number;
  strengths: Strengths;
  grid: Grid;
  random: () => number;
}

type Change = (
  sounds: readonly Sound[],
  i: number,
  context: { key: Key; random: () => number },
) => Sound[] | null;

/** Changes that were tried, of which the fitting ones are kept. */
const TRIES = 24;
/** Near enough to the bound. */
const ENOUGH = 0.9;
const LOWEST = 21;
const HIGHEST = 108;

const changes: Record<keyof Strengths, Change> = { ornament: decorate, rhythm: stretch, pitch: move };

/** Keeps the length. Notes that carry the melody, at its turns and at the ends of its phrases, are changed last. */
export function vary(melody: KeyedMelody, options: VaryOptions): Variation {
  const { reference, atMost, strengths, random } = options;
  const { key } = melody;
  const kinds = Object.keys(changes) as (keyof Strengths)[];
  const strengthOf = (kind: keyof Strengths) => strengths[kind];
  let varied: Variation = {
    sounds: [...melody.sounds],
    distance: relativeDistance(reference, melody),
  };
  for (let tries = 0; tries < TRIES && varied.distance < ENOUGH * atMost; tries++) {
    const kind = drawn(kinds, strengthOf, random());
    const { sounds } = varied;
    const places = [...sounds.keys()].filter((i) => sounds[i]?.pitch !== null);
    const place = drawn(places, (i) => 1 / (1 + weightOf(sounds, i, options.grid)) ** 2, random());
    if (kind === null || place === null) break;
    const changed = changes[kind](sounds, place, { key, random });
    if (!changed) continue;
    const distance = relativeDistance(reference, { sounds: changed, key });
    if (distance <= atMost) varied = { sounds: changed, distance };
  }
  return varied;
}

/** How much a note carries: the beat it falls on, its length, and whether it is a turn of the contour or the end of a phrase. */
function weightOf(sounds: readonly Sound[], i: number, grid: Grid): number {
  const { pitch, steps } = sounds[i] as Sound;
  const startStep = sounds.slice(0, i).reduce((sum, sound) => sum + sound.steps, 0);
  const before = sounds.slice(0, i).findLast((sound) => sound.pitch !== null)?.pitch ?? null;
  const after = sounds.slice(i + 1).find((sound) => sound.pitch !== null)?.pitch ?? null;
  const next = sounds[i + 1];
  const isEnd = !next || (next.pitch === null && next.steps >= STEPS_PER_QUARTER / 2);
  const isTurn =
    before !== null &&
    after !== null &&
    pitch !== null &&
    Math.sign(pitch - before) === Math.sign(pitch - after);
  const stress = [1, 0.5, 0, 0][levelOf(grid, startStep)] as number;
  return stress + Math.min(1, steps / 8) + (isTurn ? 1.5 : 0) + (isEnd ? 4 : 0) + (before === null ? 1 : 0);
}

/** A neighbour in the middle of the note, a note on the way to the next one, or the note again. */
function decorate(
  sounds: readonly Sound[],
  i: number,
  { key, random }: Parameters<Change>[2],
): Sound[] | null {
  const { pitch, steps } = sounds[i] as Sound;
  if (pitch === null || steps < 2) return null;
  const neighbour = onScale(pitch, random() < 0.5 ? 1 : -1, key);
  const next = sounds[i + 1]?.pitch ?? null;
  const short = Math.max(1, Math.floor(steps / 4));
  const coin = random();
  if (steps >= 3 && coin < 0.45)
    return spliced(sounds, i, 1, [
      { pitch, steps: steps - 2 * short },
      { pitch: neighbour, steps: short },
      { pitch, steps: short },
    ]);
  const half = Math.floor(steps / 2);
  const passing = next === null || next === pitch ? neighbour : onScale(pitch, Math.sign(next - pitch), key);
  return spliced(sounds, i, 1, [
    { pitch, steps: steps - half },
    { pitch: coin < 0.85 ? passing : pitch, steps: half },
  ]);
}

/** The border to the next note moves, or the two become one. */
function stretch(sounds: readonly Sound[], i: number, { random }: Parameters<Change>[2]): Sound[] | null {
  const [note, next] = [sounds[i], sounds[i + 1]];
  if (!note || !next) return null;
  if (next.pitch !== null && next.steps <= 2 && note.steps <= 4 && random() < 0.4)
    return spliced(sounds, i, 2, [{ pitch: note.pitch, steps: note.steps + next.steps }]);
  const by = (random() < 0.5 ? 1 : 2) * (random() < 0.5 ? 1 : -1);
  if (note.steps + by < 1 || next.steps - by < 1) return null;
  return spliced(sounds, i, 2, [
    { pitch: note.pitch, steps: note.steps + by },
    { pitch: next.pitch, steps: next.steps - by },
  ]);
}

/** A second or a third up or down, on the scale. */
function move(sounds: readonly Sound[], i: number, { key, random }: Parameters<Change>[2]): Sound[] | null {
  const { pitch, steps } = sounds[i] as Sound;
  if (pitch === null) return null;
  const degrees = (random() < 0.6 ? 2 : 1) * (random() < 0.5 ? 1 : -1);
  return spliced(sounds, i, 1, [{ pitch: onScale(pitch, degrees, key), steps }]);
}

function onScale(pitch: number, degrees: number, key: Key): number {
  const degree = degreeOf(pitch, key);
  const moved = degree === null ? pitch + Math.sign(degrees) : pitchOfDegree(degree + degrees, key);
  return moved < LOWEST || moved > HIGHEST ? pitch : moved;
}

function spliced(sounds: readonly Sound[], i: number, count: number, fresh: Sound[]): Sound[] {
  return [...sounds.slice(0, i), ...fresh, ...sounds.slice(i + count)];
}

/** One of them, with a chance by its weight; null where none has any. */
function drawn<Item>(items: readonly Item[], weightOf: (item: Item) => number, coin: number): Item | null {
  const total = items.reduce((sum, item) => sum + weightOf(item), 0);
  let left = coin * total;
  for (const item of items) {
    left -= weightOf(item);
    if (left < 0) return item;
  }
  return null;
}
