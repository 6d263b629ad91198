/** A steady beat in booth time, from wherever it comes: a tapping hand, MIDI clock, or the playing itself. */
export interface Pulse {
  /** Quarter notes a minute. */
  tempoBpm: number;
  /** Booth time of a bar line. */
  originMs: number;
}

/** Tempi that are believed; what lies outside is taken for another level of the metre, or for a mistake. */
export const SLOWEST_BPM = 40;
export const FASTEST_BPM = 240;
