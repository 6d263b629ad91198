/** A melody as a model sees it: one event a 16th step. Numbering as in Magenta's melodies (event, not class). */

/** The current note, or silence, goes on through this step. */
export const HOLD = -2;
/** The current note ends at this step. */
export const OFF = -1;

/** `HOLD`, `OFF`, or the MIDI pitch (0-127) that starts at this step. */
export type MelodyEvent = number;

export const STEPS_PER_QUARTER = 4;

/** The pitch that sounds after the last of the events; null is silence. */
export function soundingAfter(events: readonly MelodyEvent[]): number | null {
  const last = events.findLast((event) => event !== HOLD) ?? OFF;
  return last === OFF ? null : last;
}
