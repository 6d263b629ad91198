/** Notes into a Standard MIDI File, format 1. */
import { type MidiEvent, writeMidi } from 'midi-file';
import type { Note } from '../note.js';
import type { TimedTempo } from './tempo-map.js';

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

/**
 * In one tempo, or in one after the other, in the order of time and the first from the beginning on, so that a sequencer shows the
 * bars that were played in; notes keep their times whatever the tempo.
 */
export function writeMidiFile(
  tracks: readonly WrittenTrack[],
  tempo: number | readonly TimedTempo[],
): Uint8Array {
  const stretches = stretchesOf(typeof tempo === 'number' ? [{ atMs: 0, tempoBpm: tempo }] : tempo);
  const ticksOf = (ms: number) =>
    ticksIn(stretches.findLast(({ atMs }) => atMs <= ms) ?? (stretches[0] as Stretch), ms);
  const conductor: MidiEvent[] = [
    { deltaTime: 0, meta: true, type: 'trackName', text: 'Antiphon' },
    ...stretches.map(({ atTicks, microsecondsPerBeat }, i): MidiEvent => {
      const deltaTime = atTicks - (stretches[i - 1]?.atTicks ?? 0);
      return { deltaTime, meta: true, type: 'setTempo', microsecondsPerBeat };
    }),
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

interface Stretch {
  atMs: number;
  atTicks: number;
  microsecondsPerBeat: number;
}

function stretchesOf(tempos: readonly TimedTempo[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const { atMs, tempoBpm } of tempos) {
    const last = stretches.at(-1);
    const microsecondsPerBeat = Math.round(60_000_000 / tempoBpm);
    if (!last) stretches.push({ atMs: 0, atTicks: 0, microsecondsPerBeat });
    else {
      const atTicks = ticksIn(last, atMs);
      const sinceMs = ((atTicks - last.atTicks) * last.microsecondsPerBeat) / TICKS_PER_QUARTER / 1000;
      stretches.push({ atMs: last.atMs + sinceMs, atTicks, microsecondsPerBeat });
    }
  }
  return stretches;
}

function ticksIn({ atMs, atTicks, microsecondsPerBeat }: Stretch, ms: number): number {
  const ticks = ((ms - atMs) * 1000 * TICKS_PER_QUARTER) / microsecondsPerBeat;
  return Math.max(0, Math.round(atTicks + ticks));
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
