/** Checks every event of a track before the parser sees it: the parser believes any length, data byte and varying-length number. */
import { badMidi, type TrackBytes } from './chunks.js';

/** A number of varying length has at most four bytes (SMF 1.0). */
const MAX_NUMBER_BYTES = 4;
const MAX_TEXT_BYTES = 32_768; // the parser spreads a text over the call stack

const SYSTEM_EXCLUSIVE = [0xf0, 0xf7];
const META = 0xff;
const END_OF_TRACK = 0x2f;
const TEXTS = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07];
const LENGTHS_OF_META: Record<number, number[]> = {
  0: [2],
  32: [1],
  33: [1],
  [END_OF_TRACK]: [0],
  81: [3],
  84: [5],
  88: [2, 4],
  89: [2],
};

export interface CheckedTrack extends TrackBytes {
  events: number;
}

/** The track up to its end-of-track event; what follows that is left out. Throws AppError `badMidiFile` with the byte. */
export function checkEvents(bytes: Uint8Array, { start, end }: TrackBytes, track: number): CheckedTrack {
  let at = start;
  let runningStatus = 0;
  const byte = (): number => {
    if (at >= end) throw badMidi(`track ${track} is cut short at byte ${end}: it has no end-of-track event`);
    return bytes[at++] as number;
  };
  const dataByte = (): void => {
    const value = byte();
    if (value > 0x7f) throw badMidi(`track ${track}: byte ${at - 1} is ${value}; data bytes go up to 127`);
  };
  const varyingNumber = (): number => {
    let value = 0;
    for (let i = 0; i < MAX_NUMBER_BYTES; i++) {
      const next = byte();
      value = (value << 7) | (next & 0x7f);
      if (next < 0x80) return value;
    }
    throw badMidi(
      `track ${track}: the number at byte ${at - MAX_NUMBER_BYTES} has more than ${MAX_NUMBER_BYTES} bytes`,
    );
  };
  const skip = (length: number): void => {
    if (at + length > end)
      throw badMidi(
        `track ${track}: an event at byte ${at} has ${length} bytes, but the track ends at ${end}`,
      );
    at += length;
  };

  for (let events = 1; ; events++) {
    varyingNumber();
    const status = byte();
    if (status === META) {
      const kind = byte();
      const length = varyingNumber();
      const known = LENGTHS_OF_META[kind];
      if (known && !known.includes(length))
        throw badMidi(
          `track ${track}: the meta event before byte ${at} has ${length} bytes, not ${known.join(' or ')}`,
        );
      if (TEXTS.includes(kind) && length > MAX_TEXT_BYTES)
        throw badMidi(
          `track ${track}: the text at byte ${at} has ${length} bytes; at most ${MAX_TEXT_BYTES} are read`,
        );
      skip(length);
      if (kind === END_OF_TRACK) return { start, end: at, events };
    } else if (SYSTEM_EXCLUSIVE.includes(status)) {
      skip(varyingNumber());
    } else if (status > 0xf0) {
      throw badMidi(`track ${track}: byte ${at - 1} is ${status}, which begins no event of a file`);
    } else {
      if (status < 0x80) at--;
      else runningStatus = status;
      if (runningStatus === 0)
        throw badMidi(`track ${track}: byte ${at} is a data byte, but no event has begun`);
      dataByte();
      const isShort = runningStatus >> 4 === 0xc || runningStatus >> 4 === 0xd;
      if (!isShort) dataByte();
    }
  }
}
