import { z } from 'zod';

/** A steady beat in booth time, from wherever it comes: a tapping hand, MIDI clock, or the playing itself. */
export const Pulse = z.object({
  /** Quarter notes a minute. */
  tempoBpm: z.number().positive(),
  /** Booth time of a bar line, ms. */
  originMs: z.number(),
});
export type Pulse = z.infer<typeof Pulse>;

/** Tempi that are believed; what lies outside is taken for another level of the metre, or for a mistake. */
export const SLOWEST_BPM = 40;
export const FASTEST_BPM = 240;

/**
 * Another tempo is told so long before its bar line, that who plays on takes it over there: half a 16th of the slowest, and a trip over the
 * network.
 */
export const TOLD_EARLY_MS = 250;

/** How far the beats of two pulses lie apart at a time, ms, counted from the start of their songs. */
export function driftMs(a: Pulse, b: Pulse, atMs: number): number {
  const beats = ({ tempoBpm, originMs }: Pulse) => ((atMs - originMs) * tempoBpm) / 60_000;
  return (Math.abs(beats(a) - beats(b)) * 60_000) / a.tempoBpm;
}
