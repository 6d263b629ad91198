/** A duet as a station plays it to an empty room: both parts, quietly. */
import { notesOfKeyEvents, type PlayedEvent, type VoicedNote } from '@antiphon/core/music';

const LOUDNESS = 0.5;
const LONGEST_MS = 60_000;

/** Times are ms from its first note on; the visitor's part sounds as chords do, so that the two are told apart. */
export function pieceOf(events: readonly PlayedEvent[]): VoicedNote[] {
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
    .map((note) => ({
      ...note,
      velocity: Math.max(1, Math.round(note.velocity * LOUDNESS)),
      onsetMs: note.onsetMs - firstMs,
    }))
    .filter(({ onsetMs }) => onsetMs < LONGEST_MS)
    .sort((a, b) => a.onsetMs - b.onsetMs);
}

/** A key that was lain on is no music to an empty room. */
const LONGEST_NOTE_MS = 1_500;

/** The piece in booth time, no note of it held for long. */
export function beginAt(piece: readonly VoicedNote[], startMs: number): VoicedNote[] {
  return piece.map((note) => ({
    ...note,
    onsetMs: startMs + note.onsetMs,
    durationMs: Math.min(LONGEST_NOTE_MS, Math.max(1, note.durationMs)),
  }));
}
