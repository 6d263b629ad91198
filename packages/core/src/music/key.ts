/**
 * The key of what is played: Krumhansl's probe-tone profiles against the weight of each pitch class (Krumhansl 1990), less what lies
 * outside the scale, which tells more than the profiles in a phrase of a few notes.
 */

export interface Key {
  /** 0 = C to 11 = B */
  tonic: number;
  scale: 'major' | 'minor';
}

/** Semitones over the tonic. */
export const SCALES = {
  major: [0, 2, 4, 5, 7, 9, 11],
  minor: [0, 2, 3, 5, 7, 8, 10],
} as const;

/** The chord on the tonic, in semitones over it. */
export const TRIADS: Record<Key['scale'], readonly number[]> = { major: [0, 4, 7], minor: [0, 3, 7] };

const PROFILES = {
  major: [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
  minor: [6.33, 2.68, 3.52, 5.38, 2.6, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17],
} as const;

/** What pitches outside the scale count for. */
const OUTSIDE = 1.5;
/** Minor keys have it both ways. */
const RAISED_SEVENTH = 11;

/** A pitch and how much it counts: how long it sounds, say. */
export interface WeightedPitch {
  pitch: number;
  weight: number;
}

/** C major where nothing was played; the first of equals, major before minor. */
export function keyOf(pitches: readonly WeightedPitch[]): Key {
  const weights: number[] = Array(12).fill(0);
  for (const { pitch, weight } of pitches)
    weights[pitchClassOf(pitch)] = (weights[pitchClassOf(pitch)] as number) + weight;
  let best: Key = { tonic: 0, scale: 'major' };
  let bestFit = Number.NEGATIVE_INFINITY;
  for (const scale of ['major', 'minor'] as const)
    for (let tonic = 0; tonic < 12; tonic++) {
      const turned = weights.map((_, i) => weights[(i + tonic) % 12] as number);
      const fit = correlation(turned, PROFILES[scale]) - OUTSIDE * shareOutside(turned, scale);
      if (fit > bestFit + 1e-9) {
        best = { tonic, scale };
        bestFit = fit;
      }
    }
  return best;
}

export function isInKey(pitch: number, key: Key): boolean {
  return degreeOf(pitch, key) !== null;
}

/** The pitch's place on the key's endless scale: 0 is a tonic, 7 the one above. Null outside the scale. */
export function degreeOf(pitch: number, { tonic, scale }: Key): number | null {
  const semitones = pitch - tonic;
  const degree = (SCALES[scale] as readonly number[]).indexOf(pitchClassOf(semitones));
  return degree < 0 ? null : degree + 7 * Math.floor(semitones / 12);
}

/** The inverse of `degreeOf`. */
export function pitchOfDegree(degree: number, { tonic, scale }: Key): number {
  const octave = Math.floor(degree / 7);
  return tonic + 12 * octave + (SCALES[scale][degree - 7 * octave] as number);
}

export function pitchClassOf(pitch: number): number {
  return ((pitch % 12) + 12) % 12;
}

function shareOutside(weights: readonly number[], scale: Key['scale']): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const isInside = (step: number) =>
    (SCALES[scale] as readonly number[]).includes(step) || (scale === 'minor' && step === RAISED_SEVENTH);
  const outside = weights.reduce((sum, weight, step) => (isInside(step) ? sum : sum + weight), 0);
  return total === 0 ? 0 : outside / total;
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [product, squareA, squareB] = [0, 0, 0];
  a.forEach((value, i) => {
    const [fromA, fromB] = [value - meanA, (b[i] as number) - meanB];
    product += fromA * fromB;
    squareA += fromA * fromA;
    squareB += fromB * fromB;
  });
  return squareA === 0 ? 0 : product / Math.sqrt(squareA * squareB);
}
