import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOLD } from '../../music/melody.js';
import { writeMidiFile } from '../../music/midi-file/index.js';
import type { StepNote } from '../../music/quantize.js';
import { readChorales } from './chorales.js';
import { chordsOf } from './harmony.js';
import { MAGENTA_RULES, takePiece } from './melody-rules.js';
import { readMidiFolder } from './midi-folder.js';
import { readNottingham } from './nottingham.js';
import type { TrainingPiece } from './piece.js';
import { readPop909 } from './pop909.js';
import { isForValidation } from './split.js';

const BEAT_MS = 500;
const SCALE = [60, 62, 64, 65, 67, 69, 71];

const stepNote = (pitch: number, startStep: number, endStep: number): StepNote => ({
  pitch,
  velocity: 90,
  startStep,
  endStep,
});

/** Quarters up and down the scale. */
const quarters = (beats: number, fromBeat = 0) =>
  Array.from({ length: beats }, (_, i) => ({
    pitch: SCALE[i % SCALE.length] as number,
    velocity: 90,
    onsetMs: (fromBeat + i) * BEAT_MS,
    durationMs: BEAT_MS,
  }));

const block = (pitches: number[], beat: number, beats: number) =>
  pitches.map((pitch) => ({ pitch, velocity: 70, onsetMs: beat * BEAT_MS, durationMs: beats * BEAT_MS }));

const midi = (...tracks: { name: string; notes: ReturnType<typeof quarters> }[]) =>
  writeMidiFile(
    tracks.map((track) => ({ ...track, channel: 0, program: 0 })),
    120,
  );

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antiphon-dataset-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the rules of melodies', () => {
  const found = (melody: StepNote[]) => ({
    id: 'made/up',
    style: null,
    stepsPerBar: 16,
    melody,
    chords: Array.from({ length: 400 }, (_, step) => `${'CDEFG'[Math.floor(step / 16) % 5]}`),
    bass: [stepNote(40, 0, 32), stepNote(52, 4, 8), stepNote(36, 20, 24)],
  });
  const eachBar = (bars: number[]) =>
    bars.map((bar, i) => stepNote(SCALE[i % SCALE.length] as number, bar * 16, bar * 16 + 4));
  const rules = { ...MAGENTA_RULES, minBars: 2 };

  it('drop long silences from melody, chords and bass alike', () => {
    const taken = takePiece(found(eachBar([1, 2, 3, 4, 5, 9])), rules) as TrainingPiece;
    expect(taken.melody.length).toBe(7 * 16);
    expect(taken.chords?.filter((_, step) => step % 16 === 0)).toEqual(['D', 'E', 'F', 'G', 'C', 'D', 'G']);
    expect(taken.bass?.length).toBe(taken.melody.length);
  });

  it('take the lowest note that sounds for the bass', () => {
    const taken = takePiece(found(eachBar([0, 1, 2, 3, 4])), rules) as TrainingPiece;
    expect(
      taken.bass?.slice(0, 26).flatMap((event, step) => (event === HOLD ? [] : [[step, event]])),
    ).toEqual([
      [0, 40],
      [20, 36],
      [24, -1],
    ]);
  });

  it('leave out what is too short or too poor, and say so', () => {
    expect(takePiece(found([]), rules)).toEqual({ reason: 'no notes' });
    expect(takePiece(found(eachBar([0, 1, 2, 3, 4])), MAGENTA_RULES)).toEqual({
      reason: 'shorter than 7 bars',
    });
    const octaves = [0, 1, 2, 3].map((bar) => stepNote(48 + 12 * (bar % 3), bar * 16, bar * 16 + 8));
    expect(takePiece(found(octaves), rules)).toEqual({ reason: 'fewer than 5 pitch classes' });
  });
});

describe('harmony', () => {
  it('is named from what sounds, the bass deciding between equals', () => {
    const chord = (pitches: number[], from: number) =>
      pitches.map((pitch) => stepNote(pitch, from, from + 8));
    const notes = [...chord([48, 64, 67], 0), ...chord([55, 59, 62, 65], 8), ...chord([57, 60, 64, 67], 16)];
    expect(chordsOf(notes, 32, 8).filter((_, step) => step % 8 === 0)).toEqual(['C', 'G7', 'Am7', 'Am7']);
    expect(chordsOf([], 4, 2)).toEqual(['N.C.', 'N.C.', 'N.C.', 'N.C.']);
  });
});

describe('Nottingham tunes', () => {
  it('are read with chords and bass', async () => {
    const chords = Array.from({ length: 8 }, (_, bar) =>
      block(bar % 2 ? [43, 47, 50] : [36, 40, 43], bar * 4, 4),
    );
    await writeFile(
      join(folder, 'tune.mid'),
      midi({ name: 'melody', notes: quarters(32) }, { name: 'chords', notes: chords.flat() }),
    );
    await writeFile(join(folder, 'broken.mid'), 'MThd and no more');
    const { pieces, skipped } = await readNottingham(folder, MAGENTA_RULES);
    expect(skipped.map(({ id }) => id)).toEqual(['nottingham/broken']);
    expect(pieces[0]).toMatchObject({ id: 'nottingham/tune', style: 'folk', stepsPerBar: 16 });
    expect(pieces[0]?.melody.slice(0, 8)).toEqual([60, HOLD, HOLD, HOLD, 62, HOLD, HOLD, HOLD]);
    expect(pieces[0]?.chords?.[0]).toBe('C');
    expect(pieces[0]?.chords?.[16]).toBe('G');
    expect([pieces[0]?.bass?.[0], pieces[0]?.bass?.[16]]).toEqual([36, 43]);
  });
});

describe('POP909', () => {
  it('is cut where a bar is not whole, and all its excerpts fall on the same side of the split', async () => {
    await mkdir(join(folder, '001'));
    const file = (name: string, text: string | Uint8Array) => writeFile(join(folder, '001', name), text);
    await file(
      '001.mid',
      midi({ name: 'MELODY', notes: quarters(66) }, { name: 'PIANO', notes: block([36, 52], 0, 66) }),
    );
    // eight bars of four, a bar of two, eight bars of four
    const downbeats = new Set(Array.from({ length: 17 }, (_, bar) => (bar <= 8 ? bar * 4 : bar * 4 - 2)));
    await file(
      'beat_midi.txt',
      Array.from({ length: 70 }, (_, beat) => `${beat * 0.5} 0 ${downbeats.has(beat) ? '1.0' : '0.0'}`).join(
        '\n',
      ),
    );
    await file('chord_midi.txt', '0 8 Bb:min7/b3\n8 16 N\n16 33 C:maj');
    const { pieces, skipped } = await readPop909(folder, MAGENTA_RULES);
    expect(skipped).toEqual([]);
    expect(pieces.map(({ id }) => id)).toEqual(['pop909/001#1', 'pop909/001#2']);
    expect(pieces[0]?.chords?.[0]).toBe('Bbm7/C#');
    expect(pieces[0]?.chords?.[80], 'named from the piano where none is written').toMatch(/^C/);
    expect(pieces[1]?.melody[0]).toBe(SCALE[34 % 7]);
    expect(new Set(pieces.map(isForValidation)).size).toBe(1);
  });
});

describe('chorales', () => {
  it('have a soprano, a bass and a chord a quarter', async () => {
    const steps = Array.from({ length: 112 }, (_, step) => [SCALE[Math.floor(step / 16)], 64, 55, 48]);
    steps.push(['NaN', 'NaN', 'NaN', 'NaN'] as never[]);
    await writeFile(join(folder, 'satb.json'), JSON.stringify({ train: [steps] }).replaceAll('"NaN"', 'NaN'));
    const { pieces } = await readChorales(join(folder, 'satb.json'), MAGENTA_RULES);
    expect(pieces[0]).toMatchObject({ id: 'chorales/train-0', style: 'chorale' });
    expect(pieces[0]?.melody.filter((event) => event >= 0)).toEqual(SCALE);
    expect(pieces[0]?.bass?.[0]).toBe(48);
    expect(pieces[0]?.chords?.[0]).toBe('C');
  });
});

describe('a folder of MIDI files', () => {
  it('gives a piece for each track that is a melody, over the harmony of all of them', async () => {
    await mkdir(join(folder, 'deep'));
    const chords = Array.from({ length: 8 }, (_, bar) => block([36, 40, 43], bar * 4, 4)).flat();
    await writeFile(
      join(folder, 'deep/song.mid'),
      midi({ name: 'tune', notes: quarters(32) }, { name: 'pad', notes: chords }),
    );
    await writeFile(join(folder, 'alone.mid'), midi({ name: 'tune', notes: quarters(32) }));
    const { pieces, skipped } = await readMidiFolder(folder, MAGENTA_RULES);
    expect(skipped).toEqual([]);
    expect(pieces.map(({ id, chords: named, bass }) => [id, named?.[0] ?? null, bass?.[0] ?? null])).toEqual([
      ['alone.mid#2', null, null],
      ['deep/song.mid#2', 'C', 36],
    ]);
  });
});
