/** A recorded duet as notes on a roll. */
import { notesOfKeyEvents, type Player } from '@antiphon/core/music';
import type { Duet } from '@antiphon/protocol';
import type { RollNote } from '../roll/geometry';

/** By onset; times are ms since the duet's start. */
export function notesOfDuet({ events, durationMs }: Duet): RollNote[] {
  const played = (player: Player): RollNote[] => {
    const voices = new Set(events.filter((event) => event.player === player).map(({ voice }) => voice));
    return [...voices].flatMap((voice) =>
      notesOfKeyEvents(
        events.filter((event) => event.player === player && event.voice === voice),
        durationMs,
      ).map((note) => ({ ...note, player, planned: false })),
    );
  };
  return [...played('visitor'), ...played('machine')].sort((a, b) => a.onsetMs - b.onsetMs);
}
