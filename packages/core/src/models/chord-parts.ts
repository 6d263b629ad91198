/** A chord as inputs, in Magenta's three encodings. Place 0 is no chord. */
import { type Chord, type TriadQuality, triadQuality } from '../music/chord.js';
import { chordAt } from './encoding.js';
import type { InputPart } from './input-parts.js';

interface ChordInput {
  size: number;
  places(chord: Chord): number[];
}

/** Named as Magenta.js names them in config.json. */
const encoders = {
  /** 25: major and minor chords by their root. */
  MajorMinorChordEncoder: triads(['major', 'minor']),
  /** 49: and augmented and diminished ones. */
  TriadChordEncoder: triads(['major', 'minor', 'augmented', 'diminished']),
  /** 37: root, pitch classes and bass. */
  PitchChordEncoder: {
    size: 1 + 12 * 3,
    places: ({ root, pitchClasses, bass }) => [
      1 + root,
      ...pitchClasses.map((pitchClass) => 13 + pitchClass),
      25 + bass,
    ],
  },
} satisfies Record<string, ChordInput>;

export type ChordEncoder = keyof typeof encoders;

/** The chord under the next event, which is how Magenta's improv_rnn hears it. */
export const chordParts = {
  MajorMinorChordEncoder: chordPart('MajorMinorChordEncoder', 1),
  TriadChordEncoder: chordPart('TriadChordEncoder', 1),
  PitchChordEncoder: chordPart('PitchChordEncoder', 1),
} satisfies Record<ChordEncoder, InputPart>;

/** The chord under the latest event: what comes next is not known yet. */
export function chordSoFar(encoder: ChordEncoder): InputPart {
  return chordPart(encoder, 0);
}

function chordPart(encoder: ChordEncoder, stepsAhead: number): InputPart {
  const { size, places }: ChordInput = encoders[encoder];
  return {
    size,
    write({ position, condition }, put) {
      const chord = chordAt(condition, position + stepsAhead);
      for (const place of chord ? places(chord) : [0]) put(place, 1);
    },
  };
}

/** Magenta refuses a chord of another quality; here it is heard as the nearest: the third decides, then no chord. */
function triads(qualities: TriadQuality[]): ChordInput {
  return {
    size: 1 + 12 * qualities.length,
    places(chord) {
      const quality = qualities.indexOf(heardAs(chord, qualities));
      return [quality >= 0 ? 1 + 12 * quality + chord.root : 0];
    },
  };
}

function heardAs(chord: Chord, known: TriadQuality[]): TriadQuality {
  const quality = triadQuality(chord);
  if (known.includes(quality)) return quality;
  const has = (interval: number) => chord.pitchClasses.includes((chord.root + interval) % 12);
  if (has(4)) return 'major';
  return has(3) ? 'minor' : 'other';
}
