/** Standard MIDI Files into notes. The parser is npm's `midi-file`, which believes anything: it sees only what was checked. */
import { type MidiData, parseMidi } from 'midi-file';
import type { Note } from '../note.js';
import { type CheckedTrack, checkEvents } from './check-events.js';
import { badMidi, checkChunks, HEADER_CHUNK_BYTES } from './chunks.js';
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

export interface TimeSignature {
  atMs: number;
  atTicks: number;
  numerator: number;
  denominator: number;
}

export interface MidiPiece {
  format: 0 | 1 | 2;
  /** Null where the file counts in SMPTE frames and so has no beats. */
  ticksPerQuarter: number | null;
  tracks: MidiTrack[];
  tempoChanges: TempoMap['changes'];
  timeSignatures: TimeSignature[];
}

/** Throws AppError `badMidiFile` that names what is wrong and where. In format 2 each track keeps a tempo of its own. */
export function readMidiFile(bytes: Uint8Array): MidiPiece {
  const header = checkChunks(bytes);
  const checked: CheckedTrack[] = [];
  let events = 0;
  for (const [i, range] of header.tracks.entries()) {
    const track = checkEvents(bytes, range, i + 1);
    events += track.events;
    if (events > MAX_EVENTS)
      throw badMidi(`the file has more than ${MAX_EVENTS} events by track ${i + 1}; no more are read`);
    checked.push(track);
  }
  const { tracks } = parseMidi(framed(bytes, checked));
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

/** A file of the header and the checked tracks alone. */
function framed(bytes: Uint8Array, tracks: readonly CheckedTrack[]): Uint8Array {
  const length = tracks.reduce((sum, { start, end }) => sum + 8 + end - start, HEADER_CHUNK_BYTES);
  const file = new Uint8Array(length);
  const view = new DataView(file.buffer);
  file.set(bytes.subarray(0, HEADER_CHUNK_BYTES));
  view.setUint32(4, HEADER_CHUNK_BYTES - 8);
  let at = HEADER_CHUNK_BYTES;
  for (const { start, end } of tracks) {
    file.set(new TextEncoder().encode('MTrk'), at);
    view.setUint32(at + 4, end - start);
    file.set(bytes.subarray(start, end), at + 8);
    at += 8 + end - start;
  }
  return file;
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

/** Those that can be beaten: not 0 beats, no beat shorter than a 64th. */
function timeSignaturesOf(track: Track, map: TempoMap): TimeSignature[] {
  const signatures: TimeSignature[] = [];
  walk(track, (event, atTicks) => {
    if (event.type !== 'timeSignature') return;
    const { numerator, denominator } = event;
    if (numerator < 1 || denominator < 1 || denominator > 64) return;
    signatures.push({ atMs: map.msAt(atTicks), atTicks, numerator, denominator });
  });
  return signatures;
}

function readTrack(track: Track, map: TempoMap): MidiTrack {
  const notes: MidiNote[] = [];
  /** The keys that are down, first pressed first released, by channel and pitch. */
  const held = new Map<number, { presses: { velocity: number; onsetTicks: number }[]; released: number }>();
  let name = '';
  const release = (key: number, endTicks: number): boolean => {
    const keys = held.get(key);
    const press = keys?.presses[keys.released];
    if (!keys || !press) return false;
    keys.released++;
    const onsetMs = map.msAt(press.onsetTicks);
    const durationMs = map.msAt(endTicks) - onsetMs;
    notes.push({
      pitch: key % 128,
      velocity: press.velocity,
      onsetMs,
      durationMs,
      channel: Math.floor(key / 128),
      onsetTicks: press.onsetTicks,
      endTicks,
    });
    return true;
  };
  const endTicks = walk(track, (event, ticks) => {
    if (event.type === 'trackName' && !name) name = event.text;
    if (event.type !== 'noteOn' && event.type !== 'noteOff') return;
    const key = event.channel * 128 + event.noteNumber;
    if (event.type === 'noteOff') {
      release(key, ticks);
      return;
    }
    const press = { velocity: event.velocity, onsetTicks: ticks };
    const keys = held.get(key);
    if (keys) keys.presses.push(press);
    else held.set(key, { presses: [press], released: 0 });
  });
  for (const key of held.keys()) while (release(key, endTicks));
  notes.sort((a, b) => a.onsetTicks - b.onsetTicks || a.pitch - b.pitch);
  return { name, notes };
}
