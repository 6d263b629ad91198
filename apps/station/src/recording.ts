/** Collects what the machine answered, for `--out`. */
import { writeFileSync } from 'node:fs';
import { notesOfKeyEvents, type PlayedEvent, Voice, writeMidiFile } from '@antiphon/core/music';

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

  write(path: string): number {
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
    writeFileSync(path, writeMidiFile(tracks, TEMPO_BPM));
    return tracks.reduce((sum, { notes }) => sum + notes.length, 0);
  }
}
