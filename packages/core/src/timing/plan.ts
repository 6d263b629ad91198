/** What the machine is going to play: notes with future times, revised as a session goes on. */
import { z } from 'zod';
import { VoicedNote } from '../music/note.js';

export const Plan = z.object({
  /** Rises with every plan of a session; an older one that arrives late is ignored. */
  revision: z.number().int().nonnegative(),
  /** Everything planned before with an onset at or after this (booth time, ms) is replaced by `notes`. */
  fromMs: z.number(),
  /** Onsets before this are final: no later revision changes them. */
  commitUntilMs: z.number(),
  /** In the order of their onsets, none before `fromMs`. */
  notes: z.array(VoicedNote).max(4096),
  /** It answers nobody, and is no part of a duet: it is played to an empty room, and stops at a visitor's first key. */
  alone: z.boolean().exactOptional(),
});
export type Plan = z.infer<typeof Plan>;

export const emptyPlan: Plan = { revision: 0, fromMs: 0, commitUntilMs: 0, notes: [] };

/**
 * The plan after a newer revision: notes before the revision's start stay, and so does whatever was committed; the rest
 * is replaced. A revision that is not newer changes nothing.
 */
export function revisePlan(current: Plan, next: Plan): Plan {
  if (next.revision <= current.revision) return current;
  const fromMs = Math.max(next.fromMs, current.commitUntilMs);
  return {
    revision: next.revision,
    fromMs,
    commitUntilMs: Math.max(current.commitUntilMs, next.commitUntilMs),
    notes: [
      ...current.notes.filter((note) => note.onsetMs < fromMs),
      ...next.notes.filter((note) => note.onsetMs >= fromMs),
    ],
    ...(next.alone && { alone: true }),
  };
}
