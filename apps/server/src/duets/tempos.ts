/** The tempos that a duet was played in. */
import type { TimedTempo } from '@antiphon/core/music';
import type { Pulse } from '@antiphon/core/timing';

/** A beat, and since when it was kept. */
export interface KeptBeat {
  atMs: number;
  pulse: Pulse;
}

/** Tempos that are found again and again differ by less. */
const SAME_BPM = 0.5;

/**
 * From each beat on that brings another tempo; never none. Where the tempo is followed, the one that is set is a guess, and what is
 * found first counts from the beginning.
 */
export function temposOf(
  beats: readonly KeptBeat[],
  { tempo, tempoBpm: setBpm }: { tempo: unknown; tempoBpm: number },
): TimedTempo[] {
  const tempos: TimedTempo[] = [];
  for (const { atMs, pulse } of beats) {
    const last = tempos.at(-1);
    if (!last || Math.abs(last.tempoBpm - pulse.tempoBpm) >= SAME_BPM)
      tempos.push({ atMs, tempoBpm: pulse.tempoBpm });
  }
  const [first, found] = tempos;
  if (!first) return [{ atMs: 0, tempoBpm: setBpm }];
  return found && tempo === 'followed' && first.tempoBpm === setBpm ? tempos.slice(1) : tempos;
}
