/** What a visitor has played since they began: a call in the making, and when it is over. */
import { type KeyEvent, type Note, notesOfKeyEvents, pedalAfter } from '../music/index.js';

/** What is longer is answered as if it ended here. */
export const MAX_BARS = 8;

export interface Phrase {
  events: KeyEvent[];
  /** Keys that are down. */
  held: number[];
  /** Whether the sustain pedal is. */
  pedal: boolean;
  /** Onset of the first note: a bar line. */
  startMs: number;
  /** When the last key was pressed or released. */
  lastMs: number;
}

/** `pedal`: the event that pressed it before, where it is down. */
export function beginPhrase(event: KeyEvent & { type: 'noteOn' }, pedal: KeyEvent | null = null): Phrase {
  const phrase = { events: [], held: [], pedal: false, startMs: event.atMs, lastMs: event.atMs };
  return hear(pedal ? hear(phrase, pedal) : phrase, event);
}

export function hear(phrase: Phrase, event: KeyEvent): Phrase {
  if (event.type === 'control') {
    const pedal = pedalAfter(event) ?? phrase.pedal;
    return pedal === phrase.pedal ? phrase : { ...phrase, pedal, events: [...phrase.events, event] };
  }
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
  return notesOfKeyEvents(phrase.events, Math.max(phrase.lastMs, phrase.events.at(-1)?.atMs ?? 0));
}
