/** Notes into a Standard MIDI File, format 1. */
import { type MidiEvent, writeMidi } from 'midi-file';
import type { Note } from '../note.js';

/** At 120 bpm one tick is half a millisecond: exact times survive to that. */
const TICKS_PER_QUARTER = 1000;

export interface WrittenTrack {
  name: string;
  /** 0 to 15 */
  channel: number;
  /** General MIDI program, 0 to 127. */
  program: number;
  /** Times in ms from the file's start. */
  notes: readonly Note[];
}

/** Steady in tempo, so that a sequencer shows the bars that were played in; notes keep their times whatever the tempo. */
export function writeMidiFile(tracks: readonly WrittenTrack[], tempoBpm: number): Uint8Array {
  const ticksOf = (ms: number) => Math.max(0, Math.round((ms * tempoBpm * TICKS_PER_QUARTER) / 60_000));
  const conductor: MidiEvent[] = [
    { deltaTime: 0, meta: true, type: 'trackName', text: 'Antiphon' },
    { deltaTime: 0, meta: true, type: 'setTempo', microsecondsPerBeat: Math.round(60_000_000 / tempoBpm) },
    { deltaTime: 0, meta: true, type: 'endOfTrack' },
  ];
  const written = tracks.map(({ name, channel, program, notes }): MidiEvent[] => [
    { deltaTime: 0, meta: true, type: 'trackName', text: name },
    { deltaTime: 0, type: 'programChange', channel, programNumber: program },
    ...noteEvents(notes, channel, ticksOf),
    { deltaTime: 0, meta: true, type: 'endOfTrack' },
  ]);
  return Uint8Array.from(
    writeMidi({
      header: { format: 1, numTracks: tracks.length + 1, ticksPerBeat: TICKS_PER_QUARTER },
      tracks: [conductor, ...written],
    }),
  );
}

function noteEvents(notes: readonly Note[], channel: number, ticksOf: (ms: number) => number): MidiEvent[] {
  const presses = notes.flatMap((note) => {
    const on = ticksOf(note.onsetMs);
    const off = Math.max(on + 1, ticksOf(note.onsetMs + note.durationMs));
    return [
      { ticks: on, type: 'noteOn' as const, noteNumber: note.pitch, velocity: note.velocity },
      { ticks: off, type: 'noteOff' as const, noteNumber: note.pitch, velocity: 0 },
    ];
  });
  presses.sort((a, b) => a.ticks - b.ticks || Number(a.type === 'noteOn') - Number(b.type === 'noteOn'));
  let before = 0;
  return presses.map(({ ticks, ...event }) => {
    const deltaTime = ticks - before;
    before = ticks;
    return { deltaTime, channel, ...event };
  });
}
