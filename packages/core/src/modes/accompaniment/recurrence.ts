/** Tunes come back: where what was just played was played before, what came then is likely to come again. */
import { HOLD, type MelodyEvent } from '../../music/index.js';

/** Bars that are looked back over. */
const MOST_BARS = 16;
/** As much of what was played may have been otherwise. */
const FAULTS = 0.25;
/** A bar with fewer onsets says nothing. */
const FEWEST = 2;

/** How many steps ago the last bar was played already, in whole bars, the latest first; null where it was not. */
export function recurrenceOf(melody: readonly MelodyEvent[], barSteps: number): number | null {
  const bar = melody.slice(-barSteps);
  const onsets = bar.filter((event) => event >= 0).length;
  if (onsets < FEWEST) return null;
  const from = melody.length - bar.length;
  for (let ago = barSteps; ago <= Math.min(from, MOST_BARS * barSteps); ago += barSteps) {
    const faults = bar.filter((event, i) => {
      const before = melody[from + i - ago] ?? HOLD;
      return event !== before && (event >= 0 || before >= 0);
    });
    if (faults.length <= FAULTS * onsets) return ago;
  }
  return null;
}
