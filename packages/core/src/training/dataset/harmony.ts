/** Names the chord that notes make, by comparing how long each pitch class sounds with the chords there are. */
import { type ChordSymbol, NO_CHORD, qualityNamed, symbolOf } from '../../music/chord.js';
import type { StepNote } from '../../music/quantize.js';

/** The simpler ones first: of equals the first is taken. */
const QUALITIES = ['', 'm', '7', 'm7', 'maj7', 'dim', 'sus4', 'm7b5', 'aug'].map(qualityNamed);
/** What a tone of the chord that is not heard costs, as a share of what sounds, and what a root in the bass is worth. */
const MISSING = 0.12;
const ROOT_IN_BASS = 0.1;

/** The chord at each step of [0, length), one for each span of `span` steps; where nothing sounds the one before goes on. */
export function chordsOf(notes: readonly StepNote[], length: number, span: number): ChordSymbol[] {
  const chords: ChordSymbol[] = [];
  let chord = NO_CHORD;
  for (let from = 0; from < length; from += span) {
    const to = Math.min(length, from + span);
    chord = chordOfSpan(notes, from, to) ?? chord;
    for (let step = from; step < to; step++) chords.push(chord);
  }
  return chords;
}

function chordOfSpan(notes: readonly StepNote[], from: number, to: number): ChordSymbol | null {
  const weights = Array<number>(12).fill(0);
  let lowest = Number.POSITIVE_INFINITY;
  for (const { pitch, startStep, endStep } of notes) {
    const steps = Math.min(endStep, to) - Math.max(startStep, from);
    if (steps <= 0) continue;
    weights[pitch % 12] = (weights[pitch % 12] as number) + steps;
    lowest = Math.min(lowest, pitch);
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return null;
  let best = { score: Number.NEGATIVE_INFINITY, symbol: NO_CHORD };
  for (const intervals of QUALITIES)
    for (let root = 0; root < 12; root++) {
      const heard = intervals.map((interval) => weights[(root + interval) % 12] as number);
      const share = heard.reduce((sum, weight) => sum + weight, 0) / total;
      const missing = heard.filter((weight) => weight === 0).length;
      const score = share - MISSING * missing + (lowest % 12 === root ? ROOT_IN_BASS : 0);
      if (score > best.score + 1e-9) best = { score, symbol: symbolOf(root, intervals) };
    }
  return best.symbol;
}
