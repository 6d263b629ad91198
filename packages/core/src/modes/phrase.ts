/** What a visitor has played since they began: a call in the making, and when it is over. */
import { type Grid, type KeyEvent, type Note, notesOfKeyEvents } from '../music/index.js';

export interface Phrase {
  events: KeyEvent[];
  /** Keys that are down. */
  held: number[];
  /** Onset of the first note: a bar line. */
  startMs: number;
  /** When the last key was pressed or released. */
  lastMs: number;
}

export function beginPhrase(event: KeyEvent & { type: 'noteOn' }): Phrase {
  return hear({ events: [], held: [], startMs: event.atMs, lastMs: event.atMs }, event);
}

export function hear(phrase: Phrase, event: KeyEvent): Phrase {
  if (event.type === 'control') return phrase;
  const others = phrase.held.filter((pitch) => pitch !== event.pitch);
  return {
    ...phrase,
    events: [...phrase.events, event],
    held: event.type === 'noteOn' ? [...others, event.pitch] : others,
    lastMs: Math.max(phrase.lastMs, event.atMs),
  };
}

/** When the phrase will be over if nothing more is played: `pauseMs` after the last release. Null while a key is down. */
export function phraseEndMs(phrase: Phrase, pauseMs: number): number | null {
  return phrase.held.length > 0 ? null : phrase.lastMs + pauseMs;
}

export function notesOfPhrase(phrase: Phrase): Note[] {
  return notesOfKeyEvents(phrase.events, phrase.lastMs);
}

export function gridOfPhrase(phrase: Phrase, tempoBpm: number, beatsPerBar: number): Grid {
  return { originMs: phrase.startMs, tempoBpm, beatsPerBar };
}
