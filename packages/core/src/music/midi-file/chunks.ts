/** Checks a Standard MIDI File's frame (RIFF-like chunks, SMF 1.0) before any event in it is believed. */
import { AppError } from '../../app-error.js';

export const MAX_FILE_BYTES = 16 << 20;
const MAX_TRACKS = 1024;
const HEADER_BYTES = 6;
/** The header with its name and length. */
export const HEADER_CHUNK_BYTES = 8 + HEADER_BYTES;
/** Chunks of other names are passed over, as SMF 1.0 asks. */
const CHUNK_NAME = /^[ -~]{4}$/;

/** Where a track's events are in the file: from byte `start` up to, not including, `end`. */
export interface TrackBytes {
  start: number;
  end: number;
}

export interface MidiHeader {
  format: 0 | 1 | 2;
  tracks: TrackBytes[];
  /** Ticks a quarter, or ticks a second where the file counts in SMPTE frames. */
  division: { ticksPerQuarter: number } | { ticksPerSecond: number };
}

export function badMidi(message: string): AppError {
  return new AppError('badMidiFile', message);
}

/** Throws AppError `badMidiFile` that names the fault and the byte it is at. */
export function checkChunks(bytes: Uint8Array): MidiHeader {
  if (bytes.length === 0) throw badMidi('the file is empty');
  if (bytes.length > MAX_FILE_BYTES)
    throw badMidi(`the file has ${bytes.length} bytes; at most ${MAX_FILE_BYTES} are read`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 4 || name(0) !== 'MThd')
    throw badMidi('this is not a MIDI file: it does not begin with "MThd"');
  if (bytes.length < HEADER_CHUNK_BYTES) throw badMidi(`the header is cut short at byte ${bytes.length}`);
  const headerLength = view.getUint32(4);
  if (headerLength < HEADER_BYTES || 8 + headerLength > bytes.length)
    throw badMidi(
      `the header says it has ${headerLength} bytes (byte 4); it must have ${HEADER_BYTES} or more, within the file`,
    );
  const format = view.getUint16(8);
  if (format > 2) throw badMidi(`the format is ${format} (byte 8); only 0, 1 and 2 are known`);
  const tracks = view.getUint16(10);
  if (tracks > MAX_TRACKS)
    throw badMidi(`the header names ${tracks} tracks (byte 10); at most ${MAX_TRACKS} are read`);
  const division = divisionOf(view.getUint16(12));

  const found: TrackBytes[] = [];
  for (let at = 8 + headerLength; found.length < tracks; ) {
    const track = found.length + 1;
    if (at + 8 > bytes.length)
      throw badMidi(`track ${track} of ${tracks} is missing: the file ends at byte ${bytes.length}`);
    const start = at + 8;
    const length = view.getUint32(at + 4);
    if (!CHUNK_NAME.test(name(at))) throw badMidi(`byte ${at} should begin track ${track} with "MTrk"`);
    if (start + length > bytes.length)
      throw badMidi(
        `track ${track} says it has ${length} bytes (byte ${at + 4}), but the file ends ${bytes.length - start} bytes later`,
      );
    if (name(at) === 'MTrk') found.push({ start, end: start + length });
    at = start + length;
  }
  return { format: format as MidiHeader['format'], tracks: found, division };
}

function divisionOf(division: number): MidiHeader['division'] {
  if ((division & 0x8000) === 0) {
    if (division === 0) throw badMidi('the division is 0 ticks a quarter (byte 12)');
    return { ticksPerQuarter: division };
  }
  const framesPerSecond = 0x100 - (division >> 8);
  const ticksPerFrame = division & 0xff;
  if (![24, 25, 29, 30].includes(framesPerSecond) || ticksPerFrame === 0)
    throw badMidi(
      `the SMPTE division is ${framesPerSecond} frames of ${ticksPerFrame} ticks (byte 12), which is not a frame rate`,
    );
  const exactRate = framesPerSecond === 29 ? 30_000 / 1_001 : framesPerSecond; // 29 stands for 29.97 drop frame
  return { ticksPerSecond: exactRate * ticksPerFrame };
}
