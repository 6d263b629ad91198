import { midiToSequenceProto } from '@magenta/music/node/core.js';
import { writeMidi } from 'midi-file';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../app-error.js';
import { createRandom } from '../../random.js';
import { Note } from '../note.js';
import { readMidiFile, writeMidiFile } from './index.js';

const notes = [
  { pitch: 60, velocity: 100, onsetMs: 0, durationMs: 250 },
  { pitch: 64, velocity: 1, onsetMs: 333.5, durationMs: 100.5 },
  { pitch: 67, velocity: 127, onsetMs: 333.5, durationMs: 1200 },
];
const file = () =>
  writeMidiFile(
    [
      { name: 'Visitor', channel: 0, program: 0, notes },
      { name: 'Machine', channel: 1, program: 11, notes: [] },
    ],
    120,
  );

const events = (...track: object[]) => [...track, { deltaTime: 0, meta: true, type: 'endOfTrack' }];
const raw = (header: object, ...tracks: object[][]) =>
  Uint8Array.from(writeMidi({ header, tracks } as never));
const on = (deltaTime: number, noteNumber: number, extra: object = {}) => ({
  deltaTime,
  type: 'noteOn',
  channel: 0,
  noteNumber,
  velocity: 80,
  ...extra,
});
const off = (deltaTime: number, noteNumber: number) => ({
  deltaTime,
  type: 'noteOff',
  channel: 0,
  noteNumber,
  velocity: 0,
});

/** A file of one track with these bytes in it, and nothing added to them. */
const track = (...body: (number | number[])[]) => {
  const flat = body.flat();
  const length = [24, 16, 8, 0].map((shift) => (flat.length >> shift) & 255);
  const header = [0x4d, 0x54, 0x68, 0x64, 0, 0, 0, 6, 0, 0, 0, 1, 0, 96];
  return Uint8Array.from(header.concat([0x4d, 0x54, 0x72, 0x6b], length, flat));
};
const END = [0, 0xff, 0x2f, 0];
const TRACK_START = 22;

describe('a MIDI file', () => {
  it('keeps pitches, velocities and times to half a millisecond', () => {
    const [, visitor, machine] = readMidiFile(file()).tracks;
    expect(visitor?.name).toBe('Visitor');
    expect(machine?.notes).toEqual([]);
    expect(visitor?.notes.map(({ pitch, velocity }) => [pitch, velocity])).toEqual(
      notes.map(({ pitch, velocity }) => [pitch, velocity]),
    );
    visitor?.notes.forEach((note, i) => {
      expect(note.onsetMs).toBeCloseTo(notes[i]?.onsetMs ?? 0, 0);
      expect(note.durationMs).toBeCloseTo(notes[i]?.durationMs ?? 0, 0);
    });
  });

  it('is read by Magenta.js as it was written', () => {
    const sequence = midiToSequenceProto(file() as never);
    const magentaVelocity = (velocity: number) => Math.trunc((velocity / 127) * 128); // its scale ends at 128
    expect(sequence.notes.map(({ pitch, velocity }) => [pitch, velocity])).toEqual(
      notes.map(({ pitch, velocity }) => [pitch, magentaVelocity(velocity)]),
    );
    sequence.notes.forEach(({ startTime, endTime }, i) => {
      expect(Number(startTime) * 1000).toBeCloseTo(notes[i]?.onsetMs ?? 0, 0);
      expect(Number(endTime) * 1000).toBeCloseTo((notes[i]?.onsetMs ?? 0) + (notes[i]?.durationMs ?? 0), 0);
    });
  });

  it('is read by Magenta.js in the tempos that it was written in, and its notes keep their times', () => {
    const tempos = [
      { atMs: 0, tempoBpm: 97 },
      { atMs: 300, tempoBpm: 140 },
      { atMs: 1000, tempoBpm: 60 },
    ];
    const sequence = midiToSequenceProto(
      writeMidiFile([{ name: 'Visitor', channel: 0, program: 0, notes }], tempos) as never,
    );
    tempos.forEach(({ atMs, tempoBpm }, i) => {
      expect(Number(sequence.tempos[i]?.time) * 1000).toBeCloseTo(atMs, 0);
      expect(sequence.tempos[i]?.qpm).toBeCloseTo(tempoBpm, 3);
    });
    expect(sequence.tempos).toHaveLength(3);
    sequence.notes.forEach(({ startTime, endTime }, i) => {
      expect(Math.abs(Number(startTime) * 1000 - (notes[i]?.onsetMs ?? 0))).toBeLessThan(1);
      expect(
        Math.abs(Number(endTime) * 1000 - (notes[i]?.onsetMs ?? 0) - (notes[i]?.durationMs ?? 0)),
      ).toBeLessThan(1);
    });
  });

  it('follows tempo changes in whatever track they stand', () => {
    const tempo = (deltaTime: number, microsecondsPerBeat: number) => ({
      deltaTime,
      meta: true,
      type: 'setTempo',
      microsecondsPerBeat,
    });
    const bytes = raw(
      { format: 1, ticksPerBeat: 100 },
      events(tempo(0, 1_000_000), tempo(100, 250_000)),
      events(on(50, 60), off(100, 60)),
    );
    expect(readMidiFile(bytes).tracks[1]?.notes[0]).toMatchObject({ onsetMs: 500, durationMs: 500 + 125 });
  });

  it('understands running status, a note on of velocity 0, formats 0 and 2, and SMPTE time', () => {
    const running = raw(
      { format: 0, ticksPerBeat: 500 },
      events(
        on(0, 60),
        on(500, 60, { velocity: 0, running: true }),
        on(0, 62, { running: true }),
        off(500, 62),
      ),
    );
    expect(
      readMidiFile(running).tracks[0]?.notes.map(({ pitch, durationMs }) => [pitch, durationMs]),
    ).toEqual([
      [60, 500],
      [62, 500],
    ]);
    const smpte = raw(
      { format: 0, framesPerSecond: 25, ticksPerFrame: 40 },
      events(on(1000, 60), off(500, 60)),
    );
    expect(readMidiFile(smpte)).toMatchObject({
      ticksPerQuarter: null,
      tracks: [{ notes: [{ onsetMs: 1000, durationMs: 500 }] }],
    });
    const two = raw(
      { format: 2, ticksPerBeat: 500 },
      events(
        { deltaTime: 0, meta: true, type: 'setTempo', microsecondsPerBeat: 1_000_000 },
        on(0, 60),
        off(500, 60),
      ),
      events(on(0, 61), off(500, 61)),
    );
    expect(readMidiFile(two).tracks.map(({ notes: [note] }) => note?.durationMs)).toEqual([1000, 500]);
  });

  it('ends what is never released with its track', () => {
    const bytes = raw({ format: 0, ticksPerBeat: 500 }, events(on(0, 60), on(250, 61), off(250, 61)));
    expect(readMidiFile(bytes).tracks[0]?.notes.map(({ durationMs }) => durationMs)).toEqual([500, 250]);
  });

  it('may have 100 000 events', () => {
    const many = Array.from({ length: 50_000 }, (_, i) => [on(1, i % 128), off(1, i % 128)]).flat();
    expect(
      readMidiFile(raw({ format: 0, ticksPerBeat: 480 }, events(...many))).tracks[0]?.notes,
    ).toHaveLength(50_000);
  });

  it('may have keys that are pressed over and over and never released', () => {
    const body = [0, 0x90, 60, 80];
    for (let i = 0; i < 300_000; i++) body.push(1, 60, 80);
    const [read] = readMidiFile(track(body, END)).tracks;
    expect(read?.notes).toHaveLength(300_001);
    expect(read?.notes.every(({ endTicks }) => endTicks === 300_000)).toBe(true);
  });

  it('may have chunks of other names before and between its tracks, and bytes after a track has ended', () => {
    const alien = [0x58, 0x46, 0x49, 0x48, 0, 0, 0, 2, 7, 7];
    const plain = track(0, 0x90, 60, 80, 96, 0x80, 60, 0, END, 1, 2, 3);
    const strange = Uint8Array.from([...plain.subarray(0, 14), ...alien, ...plain.subarray(14)]);
    expect(readMidiFile(strange).tracks[0]?.notes).toEqual(readMidiFile(plain).tracks[0]?.notes);
    expect(readMidiFile(strange).tracks[0]?.notes).toHaveLength(1);
  });

  it('tells its metres, and passes over one that cannot be beaten', () => {
    const metre = (numerator: number, power: number) => [0, 0xff, 0x58, 4, numerator, power, 24, 8];
    const file = track(metre(0, 2), metre(4, 200), metre(6, 3), 96, END.slice(1));
    expect(readMidiFile(file).timeSignatures).toEqual([
      { atMs: 0, atTicks: 0, numerator: 6, denominator: 8 },
    ]);
  });

  it.each<[string, Uint8Array, string]>([
    ['a pitch over 127', track(0, 0x90, 192, 80, END), `byte ${TRACK_START + 2} is 192`],
    ['a velocity over 127', track(0, 0x90, 60, 200, END), `byte ${TRACK_START + 3} is 200`],
    ['a number without end', track(0xff, 0xff, 0xff, 0xff, 0x7f, 0x90, 60, 80, END), 'more than 4 bytes'],
    ['an event larger than its track', track(0, 0xf0, 0x8f, 0x7f, 1, END), 'the track ends at'],
    ['a tempo of two bytes', track(0, 0xff, 0x51, 2, 7, 7, END), 'has 2 bytes, not 3'],
    ['a data byte where an event should begin', track(0, 60, 80, END), 'no event has begun'],
    ['an event of the live protocol', track(0, 0xfe, END), `byte ${TRACK_START + 1} is 254`],
    ['an event without its last byte', track(0, 0x90, 60), 'track 1 is cut short at byte 25'],
    ['a text like a book', track(0, 0xff, 1, 0x82, 0x80, 0x01, Array(32_769).fill(65), END), 'at most 32768'],
    [
      'more events than are read',
      track(0, 0xc0, 0, Array(2_000_000).fill(0), END),
      'more than 1000000 events',
    ],
  ])('is refused when it has %s', (_fault, broken, message) => {
    expect(() => readMidiFile(broken)).toThrow(message);
    expect(() => readMidiFile(broken)).toThrow(AppError);
  });

  const bytes = file();
  const changed = (change: (view: DataView) => void) => {
    const copy = bytes.slice();
    change(new DataView(copy.buffer));
    return copy;
  };
  it.each<[string, Uint8Array, RegExp]>([
    ['is empty', new Uint8Array(), /the file is empty/],
    ['is something else', new TextEncoder().encode('<html>not music</html>'), /not a MIDI file/],
    ['has half a header', bytes.slice(0, 10), /header is cut short at byte 10/],
    ['names a format that is not', changed((view) => view.setUint16(8, 7)), /format is 7/],
    ['counts 0 ticks a quarter', changed((view) => view.setUint16(12, 0)), /division is 0/],
    [
      'has a frame rate that is not',
      changed((view) => view.setUint16(12, 0x8000 | (200 << 8) | 40)),
      /SMPTE division/,
    ],
    ['is cut short', bytes.slice(0, bytes.length - 5), /track 3 says it has \d+ bytes/],
    ['lacks a track', changed((view) => view.setUint16(10, 4)), /track 4 of 4 is missing/],
    [
      'claims a track of 4 GB',
      changed((view) => view.setUint32(18, 0xffffffff)),
      /track 1 says it has 4294967295 bytes/,
    ],
    ['is larger than any music', new Uint8Array((16 << 20) + 1), /at most 16777216 are read/],
    ['has no end of track', raw({ format: 0, ticksPerBeat: 96 }, [on(0, 60)]), /track 1 is cut short/],
  ])('is refused by name when it %s', (_fault, broken, message) => {
    expect(() => readMidiFile(broken)).toThrow(message);
    expect(() => readMidiFile(broken)).toThrow(AppError);
  });

  it('throws nothing but such refusals, and holds nothing but notes, whatever bytes are changed in it', () => {
    const random = createRandom(11);
    const below = (limit: number) => Math.floor(random.next() * limit);
    const anyEvents = () =>
      track(
        Array.from({ length: below(40) }, () => (random.next() < 0.6 ? below(128) : below(256))),
        END,
      );
    let refused = 0;
    let readNotes = 0;
    for (let trial = 0; trial < 6_000; trial++) {
      const whole = random.next() < 0.5 ? bytes : anyEvents();
      const copy = whole.slice(0, random.next() < 0.3 ? below(whole.length) : whole.length);
      for (let i = 0; i < random.next() * 6; i++) copy[below(copy.length)] = below(256);
      try {
        for (const { notes: read } of readMidiFile(copy).tracks)
          for (const note of read) {
            readNotes++;
            expect(Note.safeParse(note).error).toBeUndefined();
          }
      } catch (error) {
        refused++;
        expect(error).toBeInstanceOf(AppError);
      }
    }
    expect(refused).toBeGreaterThan(1_000);
    expect(readNotes).toBeGreaterThan(500);
  });
});
