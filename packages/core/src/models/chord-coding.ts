/** What the classes of a chord head stand for: 0 is no chord, then each quality on its twelve roots. */
import {
  type ChordSymbol,
  chordOf,
  NO_CHORD,
  nearestQuality,
  qualityNamed,
  symbolOf,
} from '../music/chord.js';

export interface ChordCoding {
  /** V */
  readonly classes: number;
  /** A chord of another quality is heard as the nearest that there is. */
  classOf(symbol: ChordSymbol): number;
  symbolOf(classIndex: number): ChordSymbol;
  /** Its pitch classes; none for no chord. */
  tonesOf(classIndex: number): readonly number[];
}

/** `qualities` as they are written after the root, such as '', 'm' and '7'. Throws AppError `badChord`. */
export function createChordCoding(qualities: readonly string[]): ChordCoding {
  const intervals = qualities.map(qualityNamed);
  const symbols = [
    NO_CHORD,
    ...intervals.flatMap((quality) => Array.from({ length: 12 }, (_, root) => symbolOf(root, quality))),
  ];
  const tones = symbols.map((symbol) => chordOf(symbol)?.pitchClasses ?? []);
  return {
    classes: symbols.length,
    classOf(symbol) {
      const chord = chordOf(symbol);
      return chord ? 1 + 12 * nearestQuality(chord, intervals) + chord.root : 0;
    },
    symbolOf: (classIndex) => symbols[classIndex] as ChordSymbol,
    tonesOf: (classIndex) => tones[classIndex] as readonly number[],
  };
}
