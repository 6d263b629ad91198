/** Between live key events and whole notes. */
import type { KeyEvent, Note } from './note.js';

const SUSTAIN = 64;
/** MIDI 1.0: the upper half of the pedal's values is down. */
const PEDAL_DOWN = 64;

/** Whether the sustain pedal is down after the event; null for what says nothing of it. */
export function pedalAfter(event: KeyEvent): boolean | null {
  return event.type === 'control' && event.controller === SUSTAIN ? event.value >= PEDAL_DOWN : null;
}

/** What holds the sustain pedal down after the event; null while it is up. */
export function pedalHeld(before: KeyEvent | null, event: KeyEvent): KeyEvent | null {
  const isDown = pedalAfter(event);
  if (isDown === null) return before;
  return isDown ? (before ?? event) : null;
}

/**
 * The notes that a player's key events make, by onset. A key pressed again ends its note and begins another; a release
 * without a press is ignored; what the sustain pedal holds ends with it; what still sounds ends at `endMs`. Other controls are
 * passed over.
 */
export function notesOfKeyEvents(events: readonly KeyEvent[], endMs: number): Note[] {
  const notes: Note[] = [];
  const sounding = new Map<number, Note>();
  /** Keys that were let go and go on sounding. */
  const sustained = new Set<number>();
  let pedal = false;
  const end = (pitch: number, atMs: number) => {
    const note = sounding.get(pitch);
    sustained.delete(pitch);
    if (!note) return;
    sounding.delete(pitch);
    notes.push({ ...note, durationMs: Math.max(0, atMs - note.onsetMs) });
  };
  for (const event of events) {
    if (event.type === 'control') {
      pedal = pedalAfter(event) ?? pedal;
      if (!pedal) for (const pitch of [...sustained]) end(pitch, event.atMs);
    } else if (event.type === 'noteOn') {
      end(event.pitch, event.atMs);
      sounding.set(event.pitch, {
        pitch: event.pitch,
        velocity: event.velocity,
        onsetMs: event.atMs,
        durationMs: 0,
      });
    } else if (pedal) sustained.add(event.pitch);
    else end(event.pitch, event.atMs);
  }
  for (const pitch of [...sounding.keys()]) end(pitch, endMs);
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
