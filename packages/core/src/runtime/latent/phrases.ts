/** Melodies of any length as phrases of a model's length, each on its own, within its range. */

import type { PitchRange } from '../../models/one-hot.js';
import { HOLD, type MelodyEvent, OFF } from '../../music/melody.js';

/** The last phrase is filled with silence; a note held into the next one begins anew there. */
export function phrasesOf(
  melody: readonly MelodyEvent[],
  { steps, range }: { steps: number; range: PitchRange },
): MelodyEvent[][] {
  const count = Math.max(1, Math.ceil(melody.length / steps));
  let sounding: MelodyEvent = OFF;
  return Array.from({ length: count }, (_, i) => {
    const own = melody.slice(i * steps, (i + 1) * steps).map((event) => inRange(event, range));
    const phrase = [...own, OFF, ...Array(steps).fill(HOLD)].slice(0, steps);
    if (phrase[0] === HOLD) phrase[0] = sounding;
    sounding = phrase.findLast((event) => event !== HOLD) ?? OFF;
    return phrase;
  });
}

/** One melody again, cut to its length; a phrase that begins with nothing begins with silence. */
export function joined(phrases: readonly MelodyEvent[][], length: number): MelodyEvent[] {
  return phrases
    .flatMap(([first = OFF, ...rest]) => [first === HOLD ? OFF : first, ...rest])
    .slice(0, length);
}

/** Moved by octaves; a range holds one at least. */
function inRange(event: MelodyEvent, { minPitch, maxPitch }: PitchRange): MelodyEvent {
  if (event < 0) return event;
  let pitch = event;
  while (pitch < minPitch) pitch += 12;
  while (pitch > maxPitch) pitch -= 12;
  return pitch;
}
