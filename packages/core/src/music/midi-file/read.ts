/** Standard MIDI Files into notes. The parser is npm's `midi-file`; what it lets through is checked before and after. */
import { type MidiData, parseMidi } from 'midi-file';
import type { Note } from '../note.js';
import { badMidi, checkChunks } from './chunks.js';
import { type TempoChange, type TempoMap, tempoMapOf } from './tempo-map.js';

const MAX_EVENTS = 1_000_000;

export interface MidiNote extends Note {
  /** 0 to 15; 9 is percussion. */
  channel: number;
  onsetTicks: number;
  endTicks: number;
}

export interface MidiTrack {
  name: string;
  /** In the order of onsets. Keys never released end with their track. */
  notes: MidiNote[];
}

export interface MidiPiece {
  format: 0 | 1 | 2;
  /** Null where the file counts in SMPTE frames and so has no beats. */
  ticksPerQuarter: number | null;
  tracks: MidiTrack[];
  tempoChanges: TempoMap['changes'];
  timeSignatures: { atMs: number; numerator: number; denominator: number }[];
}

/** Throws AppError `badMidiFile` that names what is wrong and where. In format 2 each track keeps a tempo of its own. */
export function readMidiFile(bytes: Uint8Array): MidiPiece {
  const header = checkChunks(bytes);
  const { tracks } = parse(bytes);
  const events = tracks.reduce((sum, track) => sum + track.length, 0);
  if (events > MAX_EVENTS) throw badMidi(`the file has ${events} events; at most ${MAX_EVENTS} are read`);
  tracks.forEach((track, i) => {
    if (track.at(-1)?.type !== 'endOfTrack')
      throw badMidi(`track ${i + 1} is cut short: it has no end-of-track event`);
  });
  const tempos = tracks.map(tempoChangesOf);
  const shared = tempoMapOf(header.division, tempos.flat());
  const maps = tempos.map((own) => (header.format === 2 ? tempoMapOf(header.division, own) : shared));
  return {
    format: header.format,
    ticksPerQuarter: 'ticksPerQuarter' in header.division ? header.division.ticksPerQuarter : null,
    tracks: tracks.map((track, i) => readTrack(track, maps[i] as TempoMap)),
    tempoChanges: shared.changes,
    timeSignatures: tracks.flatMap((track, i) => timeSignaturesOf(track, maps[i] as TempoMap)),
  };
}

type Track = MidiData['tracks'][number];

function parse(bytes: Uint8Array): MidiData {
  try {
    return parseMidi(bytes);
  } catch (cause) {
    throw badMidi(
      `the file's events cannot be read: ${cause instanceof Error ? cause.message : cause}`,
      cause,
    );
  }
}

/** Visits the events with their ticks since the track's start; answers its length in ticks. */
function walk(track: Track, visit: (event: Track[number], ticks: number) => void): number {
  let ticks = 0;
  for (const event of track) {
    ticks += event.deltaTime;
    visit(event, ticks);
  }
  return ticks;
}

function tempoChangesOf(track: Track): TempoChange[] {
  const changes: TempoChange[] = [];
  walk(track, (event, atTicks) => {
    if (event.type === 'setTempo' && event.microsecondsPerBeat > 0)
      changes.push({ atTicks, microsecondsPerQuarter: event.microsecondsPerBeat });
  });
  return changes;
}

function timeSignaturesOf(track: Track, map: TempoMap): MidiPiece['timeSignatures'] {
  const signatures: MidiPiece['timeSignatures'] = [];
  walk(track, (event, ticks) => {
    if (event.type === 'timeSignature')
      signatures.push({ atMs: map.msAt(ticks), numerator: event.numerator, denominator: event.denominator });
  });
  return signatures;
}

function readTrack(track: Track, map: TempoMap): MidiTrack {
  const notes: MidiNote[] = [];
  /** The keys that are down, first pressed first released, by channel and pitch. */
  const held = new Map<number, { velocity: number; onsetTicks: number }[]>();
  let name = '';
  const release = (channel: number, pitch: number, endTicks: number) => {
    const press = held.get(channel * 128 + pitch)?.shift();
    if (!press) return;
    const onsetMs = map.msAt(press.onsetTicks);
    const durationMs = map.msAt(endTicks) - onsetMs;
    notes.push({
      pitch,
      velocity: press.velocity,
      onsetMs,
      durationMs,
      channel,
      onsetTicks: press.onsetTicks,
      endTicks,
    });
  };
  const endTicks = walk(track, (event, ticks) => {
    if (event.type === 'trackName' && !name) name = event.text;
    if (event.type !== 'noteOn' && event.type !== 'noteOff') return;
    const { channel, noteNumber, velocity } = event;
    if (event.type === 'noteOff' || velocity === 0) return release(channel, noteNumber, ticks);
    const key = channel * 128 + noteNumber;
    held.set(key, [...(held.get(key) ?? []), { velocity, onsetTicks: ticks }]);
  });
  for (const [key, presses] of held)
    for (const _ of [...presses]) release(Math.floor(key / 128), key % 128, endTicks);
  notes.sort((a, b) => a.onsetTicks - b.onsetTicks || a.pitch - b.pitch);
  return { name, notes };
}
