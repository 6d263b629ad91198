/** The end of a form of so many bars: its last bar is the key's own chord, the span before it the dominant. */
import { type ChordSymbol, stepsPerBar, symbolOf, TRIADS } from '../../music/index.js';
import type { Span } from '../chord-spans.js';
import type { Params } from './params.js';
import { keyOfSong, type Song } from './song.js';

const DOMINANT = [0, 4, 7, 10];

/** Null where the form leaves the chord open. */
export function chordOfForm(
  song: Song,
  { startStep, endStep }: Span,
  { formBars }: Params,
): ChordSymbol | null {
  if (formBars === 0) return null;
  const bar = stepsPerBar(song.hearing.grid);
  const place = (step: number) => Math.floor(step / bar) % formBars;
  const { tonic, scale } = keyOfSong(song);
  if (place(startStep) === formBars - 1) return symbolOf(tonic, TRIADS[scale]);
  return place(endStep) === formBars - 1 ? symbolOf((tonic + 7) % 12, DOMINANT) : null;
}
