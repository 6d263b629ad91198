/** One more melody like it: notes are decorated, stretched and moved until it is as far from another as it may be. */
import {
  degreeOf,
  type Grid,
  HIGHEST_KEY,
  type Key,
  type KeyedMelody,
  LOWEST_KEY,
  levelOf,
  pitchOfDegree,
  relativeDistance,
  type Sound,
  STEPS_PER_QUARTER,
} from '../../music/index.js';

/** Of each kind of change the chance, 0 to 1, that one is accepted. */
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

/** Changes that are tried for each sound of the melody. */
const TRIES = 8;
/** How often the distance is measured, since that takes long: changes are tried together, half as many after a step too far. */
const MEASURED = 24;
/** Near enough to the bound. */
const ENOUGH = 0.9;

const changes: Record<keyof Strengths, Change> = { ornament: decorate, rhythm: stretch, pitch: move };
const kinds = Object.keys(changes) as (keyof Strengths)[];

/**
 * Keeps the length. A change of each kind is as likely as it is strong: without any the melody stays as it is. Notes that carry the
 * melody, at its turns and at the ends of its phrases, are changed last.
 */
export function vary(melody: KeyedMelody, options: VaryOptions): Variation {
  const { reference, atMost } = options;
  const { key } = melody;
  let varied: Variation = { sounds: [...melody.sounds], distance: relativeDistance(reference, melody) };
  let together = Math.ceil((TRIES * melody.sounds.length) / MEASURED);
  for (let i = 0; i < MEASURED && varied.distance < ENOUGH * atMost; i++) {
    const sounds = changed(varied.sounds, together, { ...options, key });
    if (sounds === varied.sounds) continue;
    const distance = relativeDistance(reference, { sounds, key });
    if (distance > atMost) together = Math.ceil(together / 2);
    else if (distance >= varied.distance) varied = { sounds, distance };
  }
  return varied;
}

/** The same sounds where no change is accepted. */
function changed(
  before: Sound[],
  tries: number,
  { strengths, grid, key, random }: Pick<VaryOptions, 'strengths' | 'grid' | 'random'> & { key: Key },
): Sound[] {
  let sounds = before;
  for (let i = 0; i < tries; i++) {
    const kind = kinds[Math.floor(random() * kinds.length)] as keyof Strengths;
    if (random() >= strengths[kind]) continue;
    const place = drawn(readinessOf(sounds, grid), random());
    if (place !== null) sounds = changes[kind](sounds, place, { key, random }) ?? sounds;
  }
  return sounds;
}

/**
 * How readily each sound is changed, a rest not at all: the less, the more the note carries, by the beat it falls on, by its length, as
 * a turn of the contour and as the end of a phrase.
 */
function readinessOf(sounds: readonly Sound[], grid: Grid): number[] {
  let startStep = 0;
  let before: number | null = null;
  return sounds.map(({ pitch, steps }, i) => {
    const atStep = startStep;
    startStep += steps;
    if (pitch === null) return 0;
    const after = sounds.slice(i + 1).find((sound) => sound.pitch !== null)?.pitch ?? null;
    const next = sounds[i + 1];
    const isEnd = !next || (next.pitch === null && next.steps >= STEPS_PER_QUARTER / 2);
    const isTurn =
      before !== null && after !== null && Math.sign(pitch - before) === Math.sign(pitch - after);
    const isFirst = before === null;
    before = pitch;
    const stress = [1, 0.5, 0, 0][levelOf(grid, atStep)] as number;
    const carried =
      stress + Math.min(1, steps / 8) + (isTurn ? 1.5 : 0) + (isEnd ? 4 : 0) + (isFirst ? 1 : 0);
    return 1 / (1 + carried) ** 2;
  });
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
  return moved < LOWEST_KEY || moved > HIGHEST_KEY ? pitch : moved;
}

function spliced(sounds: readonly Sound[], i: number, count: number, fresh: Sound[]): Sound[] {
  return [...sounds.slice(0, i), ...fresh, ...sounds.slice(i + count)];
}

/** The place of one of the weights, with a chance by it; null where none is more than 0. */
function drawn(weights: readonly number[], coin: number): number | null {
  let left = coin * weights.reduce((sum, weight) => sum + weight, 0);
  const place = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return place < 0 ? null : place;
}
