/** Collects what the machine answered, for `--out`. */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { notesOfKeyEvents, type PlayedEvent, Voice, writeMidiFile } from '@antiphon/core/music';
import { EXIT, StationError } from './station-error.js';

const TEMPO_BPM = 120;

export class Recording {
  readonly #events: PlayedEvent[] = [];
  #startMs: number | null = null;

  /** Both players' events; the file begins with the visitor's first note. */
  take(events: readonly PlayedEvent[]): void {
    for (const event of events) {
      this.#startMs ??= event.atMs;
      if (event.player === 'machine') this.#events.push(event);
    }
  }

  /** Throws StationError where the file cannot be written. */
  write(path: string): void {
    const startMs = this.#startMs ?? 0;
    const endMs = Math.max(startMs, ...this.#events.map(({ atMs }) => atMs));
    const tracks = Voice.options.flatMap((voice, channel) => {
      const events = this.#events.filter((event) => event.voice === voice);
      const notes = notesOfKeyEvents(events, endMs).map((note) => ({
        ...note,
        onsetMs: note.onsetMs - startMs,
      }));
      return notes.length > 0 ? [{ name: `Machine, ${voice}`, channel, program: 0, notes }] : [];
    });
    writing(path, () => writeFileSync(path, writeMidiFile(tracks, TEMPO_BPM)));
  }
}

/** Throws StationError where the file could not be written, before anything is played for it. */
export function checkWritable(path: string): void {
  writing(path, () => closeSync(openSync(path, 'a')));
}

function writing(path: string, act: () => void): void {
  try {
    act();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new StationError(`${path} cannot be written: ${code}`, EXIT.badFile, { cause });
  }
}
