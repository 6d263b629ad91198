/** A MIDI file in place of fingers: plays its notes once, in real time. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type KeyEvent, keyEventsOfNotes, readMidiFile } from '@antiphon/core/music';
import { machineMs } from '../machine-clock.js';
import { EXIT, StationError } from '../station-error.js';
import { HeldKeys } from './held-keys.js';
import type { Keyboard, KeyboardListeners } from './keyboard.js';

const PERCUSSION_CHANNEL = 9;
/** A note without length would be released before it is pressed. */
const SHORTEST_MS = 1;

export class MidiFileKeyboard implements Keyboard {
  readonly #name: string;
  readonly #events: KeyEvent[];
  #timer: NodeJS.Timeout | null = null;
  #held: HeldKeys | null = null;

  /** Throws StationError that says what is wrong with the file. */
  constructor(path: string) {
    this.#name = basename(path);
    this.#events = readEvents(path);
  }

  open({ onEvent, onStatus, onEnd }: KeyboardListeners): void {
    onStatus({ status: 'connected', name: this.#name });
    this.#held = new HeldKeys(onEvent);
    const startMs = machineMs();
    const playFrom = (at: number) => {
      let next = at;
      for (; next < this.#events.length; next++) {
        const event = this.#events[next] as KeyEvent;
        const waitMs = startMs + event.atMs - machineMs();
        if (waitMs > 0) break;
        this.#held?.take({ ...event, atMs: startMs + event.atMs });
      }
      if (next === this.#events.length) {
        this.#held?.releaseAll(machineMs());
        return onEnd();
      }
      const waitMs = startMs + (this.#events[next] as KeyEvent).atMs - machineMs();
      this.#timer = setTimeout(() => playFrom(next), Math.max(0, waitMs));
    };
    playFrom(0);
  }

  show(): void {}

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#held?.releaseAll(machineMs());
  }
}

/** From the first note on; all tracks together, without percussion. */
function readEvents(path: string): KeyEvent[] {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new StationError(`${path} cannot be read: ${(cause as NodeJS.ErrnoException).code}`, EXIT.badFile, {
      cause,
    });
  }
  try {
    const { tracks } = readMidiFile(bytes);
    const notes = tracks
      .flatMap((track) => track.notes)
      .filter(({ channel }) => channel !== PERCUSSION_CHANNEL);
    if (notes.length === 0) throw new Error('it holds no notes');
    const firstMs = Math.min(...notes.map(({ onsetMs }) => onsetMs));
    return keyEventsOfNotes(
      notes.map((note) => ({
        ...note,
        onsetMs: note.onsetMs - firstMs,
        durationMs: Math.max(SHORTEST_MS, note.durationMs),
      })),
    );
  } catch (cause) {
    throw new StationError(`${path}: ${(cause as Error).message}`, EXIT.badFile, { cause });
  }
}
