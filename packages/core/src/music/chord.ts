/**
 * Chords by the symbols that people write for them, which is how they are kept, compared and sent, and as the pitch classes
 * they stand for (0 = C to 11 = B).
 */
import { AppError } from '../app-error.js';

/** Such as `C`, `F#m7`, `Bbmaj7/D`; `N.C.` is no chord. */
export type ChordSymbol = string;

export const NO_CHORD: ChordSymbol = 'N.C.';

export interface Chord {
  root: number;
  /** Semitones over the root. */
  intervals: readonly number[];
  /** In ascending order; the root and, over a slash, the bass are among them. */
  pitchClasses: readonly number[];
  bass: number;
}

export type TriadQuality = 'major' | 'minor' | 'augmented' | 'diminished' | 'other';

const ROOTS = ['C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B'];
const THIRDS = [3, 4];
/** Symbols are few; a stream of ever new ones must not fill the memory. */
const MOST_READ = 10_000;
const read = new Map<ChordSymbol, Chord | null>();
const LETTERS: Record<string, number> = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
const NO_CHORD_SPELLINGS = /^(N\.?C\.?)?$/i;
const SYMBOL = /^([A-G])([#b]*)([^/]*)(?:\/([A-G])([#b]*))?$/;

/** Semitones over the root. The first spelling of each is the one that is written. */
const QUALITIES: [intervals: number[], spellings: string[]][] = [
  [
    [0, 4, 7],
    ['', 'M', 'maj'],
  ],
  [
    [0, 3, 7],
    ['m', 'min', '-'],
  ],
  [
    [0, 4, 8],
    ['aug', '+'],
  ],
  [
    [0, 3, 6],
    ['dim', 'o', '°'],
  ],
  [[0, 4, 7, 10], ['7']],
  [
    [0, 4, 7, 11],
    ['maj7', 'M7', 'Δ'],
  ],
  [
    [0, 3, 7, 10],
    ['m7', 'min7', '-7'],
  ],
  [
    [0, 3, 6, 10],
    ['m7b5', 'hdim7', 'ø'],
  ],
  [
    [0, 3, 6, 9],
    ['dim7', 'o7', '°7'],
  ],
  [
    [0, 3, 7, 11],
    ['mMaj7', 'minmaj7', 'mM7'],
  ],
  [
    [0, 4, 8, 10],
    ['7#5', 'aug7', '+7'],
  ],
  [
    [0, 4, 7, 9],
    ['6', 'maj6'],
  ],
  [
    [0, 3, 7, 9],
    ['m6', 'min6'],
  ],
  [[0, 2, 4, 7, 10], ['9']],
  [
    [0, 2, 4, 7, 11],
    ['maj9', 'M9'],
  ],
  [
    [0, 2, 3, 7, 10],
    ['m9', 'min9'],
  ],
  [
    [0, 2, 4, 7],
    ['add9', 'Madd9'],
  ],
  [[0, 2, 7], ['sus2']],
  [
    [0, 5, 7],
    ['sus4', 'sus'],
  ],
  [
    [0, 5, 7, 10],
    ['7sus4', '7sus'],
  ],
  [[0, 7], ['5']],
];

/** The semitones over the root of every quality that can be written, the common ones first. */
export const KNOWN_QUALITIES: readonly (readonly number[])[] = QUALITIES.map(([intervals]) => intervals);

const TRIADS: [TriadQuality, number[]][] = [
  ['major', [4, 7]],
  ['minor', [3, 7]],
  ['augmented', [4, 8]],
  ['diminished', [3, 6]],
];

function chordOn(root: number, intervals: readonly number[], bass: number): Chord {
  const classes = new Set([...intervals.map((interval) => (root + interval) % 12), root, bass]);
  return { root, intervals, pitchClasses: [...classes].sort((a, b) => a - b), bass };
}

/** Null for `N.C.` and for nothing. Throws AppError `badChord`. */
export function chordOf(symbol: ChordSymbol): Chord | null {
  let chord = read.get(symbol);
  if (chord === undefined) {
    chord = parse(symbol);
    if (read.size === MOST_READ) read.clear();
    read.set(symbol, chord);
  }
  return chord;
}

/** The semitones over the root that a quality's spelling stands for. Throws AppError `badChord`. */
export function qualityNamed(spelling: string): readonly number[] {
  const quality = QUALITIES.find(([, spellings]) => spellings.includes(spelling));
  if (!quality) throw new AppError('badChord', `"${spelling}" is not a quality of chords that is known here`);
  return quality[0];
}

/** Throws AppError `badChord` for semitones that have no spelling. */
export function symbolOf(root: number, intervals: readonly number[], bass = root): ChordSymbol {
  const quality = QUALITIES.find(([known]) => known.join() === intervals.join());
  if (!quality)
    throw new AppError('badChord', `no chord is written with the semitones ${intervals.join(', ')}`);
  return `${ROOTS[root]}${quality[1][0]}${bass === root ? '' : `/${ROOTS[bass]}`}`;
}

/** Moves a chord by any number of semitones. */
export function transposeChord(symbol: ChordSymbol, semitones: number): ChordSymbol {
  const chord = chordOf(symbol);
  if (!chord || semitones % 12 === 0) return symbol;
  const move = (pitchClass: number) => (((pitchClass + semitones) % 12) + 12) % 12;
  return symbolOf(move(chord.root), chord.intervals, move(chord.bass));
}

/** Which of `qualities` sounds most like the chord: most tones shared, fewest added, the first of equals. */
export function nearestQuality({ intervals }: Chord, qualities: readonly (readonly number[])[]): number {
  const distances = qualities.map((known) => {
    const missing = intervals.filter((interval) => !known.includes(interval)).length;
    const added = known.filter((interval) => !intervals.includes(interval)).length;
    const isThirdWrong = THIRDS.some((third) => known.includes(third) !== intervals.includes(third));
    return missing + added + (isThirdWrong ? 1 : 0);
  });
  return distances.indexOf(Math.min(...distances));
}

function parse(symbol: ChordSymbol): Chord | null {
  if (NO_CHORD_SPELLINGS.test(symbol.trim())) return null;
  const parts = SYMBOL.exec(symbol.trim());
  const quality = QUALITIES.find(([, spellings]) => spellings.includes(parts?.[3] ?? '?'));
  if (!parts || !quality) throw new AppError('badChord', `"${symbol}" is not a chord that is known here`);
  const root = pitchClass(parts[1] as string, parts[2] as string);
  return chordOn(root, quality[0], parts[4] ? pitchClass(parts[4], parts[5] as string) : root);
}

/** Which of the four triads lies in the chord, where it is exactly one. */
export function triadQuality({ root, pitchClasses }: Chord): TriadQuality {
  const found = TRIADS.filter(([, intervals]) =>
    intervals.every((interval) => pitchClasses.includes((root + interval) % 12)),
  );
  return found.length === 1 && found[0] ? found[0][0] : 'other';
}

function pitchClass(letter: string, accidentals: string): number {
  let semitones = LETTERS[letter] as number;
  for (const accidental of accidentals) semitones += accidental === '#' ? 1 : -1;
  return ((semitones % 12) + 12) % 12;
}
