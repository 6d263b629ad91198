/** A recorded duet as notes on a roll. */
import { notesOfKeyEvents, type Player, type Voice } from '@antiphon/core/music';
import type { Duet } from '@antiphon/protocol';
import type { RollNote } from '../roll/geometry';

export interface DuetNote extends RollNote {
  voice: Voice;
}

/** By onset; times are ms since the duet's start. */
export function notesOfDuet({ events, durationMs }: Pick<Duet, 'events' | 'durationMs'>): DuetNote[] {
  const played = (player: Player): DuetNote[] => {
    const voices = new Set(events.filter((event) => event.player === player).map(({ voice }) => voice));
    return [...voices].flatMap((voice) =>
      notesOfKeyEvents(
        events.filter((event) => event.player === player && event.voice === voice),
        durationMs,
      ).map((note) => ({ ...note, player, voice, planned: false })),
    );
  };
  return [...played('visitor'), ...played('machine')].sort((a, b) => a.onsetMs - b.onsetMs);
}
