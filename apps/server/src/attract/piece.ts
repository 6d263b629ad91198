/** A duet as a station plays it to an empty room: both parts, quietly. */
import { notesOfKeyEvents, type PlayedEvent, type VoicedNote } from '@antiphon/core/music';

const LOUDNESS = 0.5;
const LONGEST_MS = 60_000;
/** A note that a visitor would have to wait for is cut. */
const LONGEST_NOTE_MS = 1_500;

/** Notes from `startMs` on; the visitor's part sounds as chords do, so that the two are told apart. */
export function pieceOf(events: readonly PlayedEvent[], startMs: number): VoicedNote[] {
  const endMs = Math.max(0, ...events.map(({ atMs }) => atMs));
  const parts = (['visitor', 'machine'] as const).flatMap((player) =>
    (['melody', 'chords', 'bass'] as const).flatMap((voice) =>
      notesOfKeyEvents(
        events.filter((event) => event.player === player && event.voice === voice),
        endMs,
      ).map((note) => ({ ...note, voice: player === 'visitor' ? ('chords' as const) : voice })),
    ),
  );
  const firstMs = Math.min(...parts.map(({ onsetMs }) => onsetMs));
  return parts
    .filter(({ onsetMs }) => onsetMs - firstMs < LONGEST_MS)
    .map((note) => ({
      ...note,
      velocity: Math.max(1, Math.round(note.velocity * LOUDNESS)),
      onsetMs: startMs + note.onsetMs - firstMs,
      durationMs: Math.min(LONGEST_NOTE_MS, Math.max(1, note.durationMs)),
    }))
    .sort((a, b) => a.onsetMs - b.onsetMs);
}
