/** Between live key events and whole notes. */
import type { KeyEvent, Note } from './note.js';

/**
 * The notes that a player's key events make, by onset. A key pressed again ends its note and begins another; a release
 * without a press is ignored; keys still down end at `endMs`. Control changes are passed over.
 */
export function notesOfKeyEvents(events: readonly KeyEvent[], endMs: number): Note[] {
  const notes: Note[] = [];
  const held = new Map<number, Note>();
  const release = (pitch: number, atMs: number) => {
    const note = held.get(pitch);
    if (!note) return;
    held.delete(pitch);
    notes.push({ ...note, durationMs: Math.max(0, atMs - note.onsetMs) });
  };
  for (const event of events) {
    if (event.type === 'control') continue;
    release(event.pitch, event.atMs);
    if (event.type === 'noteOn')
      held.set(event.pitch, {
        pitch: event.pitch,
        velocity: event.velocity,
        onsetMs: event.atMs,
        durationMs: 0,
      });
  }
  for (const pitch of [...held.keys()]) release(pitch, endMs);
  return notes.sort((a, b) => a.onsetMs - b.onsetMs || a.pitch - b.pitch);
}

/** Presses and releases of whole notes in the order of time, releases first where both fall together. */
export function keyEventsOfNotes(notes: readonly Note[]): KeyEvent[] {
  return notes
    .flatMap((note): KeyEvent[] => [
      { type: 'noteOn', pitch: note.pitch, velocity: note.velocity, atMs: note.onsetMs },
      { type: 'noteOff', pitch: note.pitch, atMs: note.onsetMs + note.durationMs },
    ])
    .sort((a, b) => a.atMs - b.atMs || Number(a.type === 'noteOn') - Number(b.type === 'noteOn'));
}
