/** POP909: a folder a song, with melody and piano as MIDI tracks, and beats and chords as lists of times. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChordSymbol, NO_CHORD, qualityNamed, symbolOf } from '../../music/chord.js';
import { STEPS_PER_QUARTER } from '../../music/melody.js';
import { type MidiNote, readMidiFile } from '../../music/midi-file/index.js';
import type { StepNote } from '../../music/quantize.js';
import { chordsOf } from './harmony.js';
import { type MelodyRules, takePiece } from './melody-rules.js';
import { type Corpus, collect, type TrainingPiece } from './piece.js';

const BEATS_PER_BAR = 4;
const STEPS_PER_BAR = BEATS_PER_BAR * STEPS_PER_QUARTER;
/** Piano notes below this are the bass line's. */
const HIGHEST_BASS = 55;

/** POP909's names of qualities, as they are written here. */
const QUALITIES: Record<string, string> = {
  maj: '',
  min: 'm',
  'sus4(b7)': '7sus4',
  maj6: '6',
  min6: 'm6',
  min7: 'm7',
  hdim7: 'm7b5',
  minmaj7: 'mMaj7',
};
const ROOTS: Record<string, number> = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
/** Semitones of the degrees of a major scale that stand over a slash. */
const DEGREES: Record<string, number> = {
  2: 2,
  b3: 3,
  3: 4,
  4: 5,
  b5: 6,
  5: 7,
  '#5': 8,
  6: 9,
  b7: 10,
  7: 11,
};

export async function readPop909(folder: string, rules: MelodyRules): Promise<Corpus> {
  const corpus: Corpus = { pieces: [], skipped: [] };
  const songs = (await readdir(folder)).filter((name) => /^\d{3}$/.test(name)).sort();
  for (const song of songs) {
    const id = `pop909/${song}`;
    await collect(corpus, id, async () => {
      const text = (name: string) => readFile(join(folder, song, name), 'utf8');
      const { tracks } = readMidiFile(await readFile(join(folder, song, `${song}.mid`)));
      const notesOf = (name: string) => tracks.find((track) => track.name === name)?.notes ?? [];
      const beats = readBeats(await text('beat_midi.txt'));
      const chords = readChords(await text('chord_midi.txt'), beats);
      const melody = onBeats(notesOf('MELODY'), beats);
      const piano = onBeats(notesOf('PIANO'), beats);
      const heard = chordsOf(piano, chords.length, STEPS_PER_BAR / 2);
      const bass = piano.filter(({ pitch }) => pitch < HIGHEST_BASS);
      const excerpts = evenStretches(beats).map(
        ({ fromBeat, toBeat }, i): TrainingPiece | { reason: string } => {
          const [from, to] = [fromBeat * STEPS_PER_QUARTER, toBeat * STEPS_PER_QUARTER];
          return takePiece(
            {
              id: `${id}#${i + 1}`,
              style: 'pop',
              stepsPerBar: STEPS_PER_BAR,
              melody: within(melody, from, to),
              chords: chords
                .map((chord, step) => (chord === NO_CHORD ? (heard[step] as string) : chord))
                .slice(from, to),
              bass: within(bass, from, to),
            },
            rules,
          );
        },
      );
      const taken = excerpts.flatMap((excerpt) => ('reason' in excerpt ? [] : [excerpt]));
      if (taken.length > 0) return taken;
      return {
        reason:
          excerpts.flatMap((excerpt) => ('reason' in excerpt ? [excerpt.reason] : []))[0] ?? 'no downbeats',
      };
    });
  }
  return corpus;
}

interface Beats {
  timesMs: number[];
  /** Indices of the downbeats. */
  downbeats: number[];
}

/** Lines of seconds and two flags; the second marks downbeats. */
function readBeats(text: string): Beats {
  const rows = rowsOf(text).map((row) => row.map(Number));
  return {
    timesMs: rows.map(([seconds]) => (seconds ?? 0) * 1000),
    downbeats: rows.flatMap(([, , flag], i) => (flag === 1 ? [i] : [])),
  };
}

/** Stretches of beats, from one downbeat to another, whose bars are all whole. */
function evenStretches({ downbeats }: Beats): { fromBeat: number; toBeat: number }[] {
  const stretches: { fromBeat: number; toBeat: number }[] = [];
  downbeats.forEach((beat, i) => {
    const next = downbeats[i + 1];
    if (next !== beat + BEATS_PER_BAR) return;
    const last = stretches.at(-1);
    if (last?.toBeat === beat) last.toBeat = next;
    else stretches.push({ fromBeat: beat, toBeat: next });
  });
  return stretches;
}

/** Lines of a start and an end in seconds and a chord, `N` where none was found; the chord at each 16th since the first beat. Chords change on beats. */
function readChords(text: string, beats: Beats): ChordSymbol[] {
  const chords = Array<ChordSymbol>(beats.timesMs.length * STEPS_PER_QUARTER).fill(NO_CHORD);
  for (const [start, end, name] of rowsOf(text)) {
    const from = beatAt(Number(start) * 1000, beats) ?? 0;
    const to = beatAt(Number(end) * 1000, beats) ?? beats.timesMs.length;
    chords.fill(
      readChord(name ?? ''),
      Math.round(from) * STEPS_PER_QUARTER,
      Math.round(to) * STEPS_PER_QUARTER,
    );
  }
  return chords;
}

/** Reads `Bb:min7/b3`. */
function readChord(name: string): ChordSymbol {
  const parts = /^([A-G])([#b]?):([^/]+)(?:\/(.+))?$/.exec(name);
  if (!parts) return NO_CHORD;
  const [, letter = '', accidental, quality = '', degree = ''] = parts;
  const shift = accidental === '#' ? 1 : accidental === 'b' ? 11 : 0;
  const root = ((ROOTS[letter] ?? 0) + shift) % 12;
  return symbolOf(root, qualityNamed(QUALITIES[quality] ?? quality), (root + (DEGREES[degree] ?? 0)) % 12);
}

/** Where a time lies among the beats, in fractions of one; null outside of them. */
function beatAt(ms: number, { timesMs }: Beats): number | null {
  const next = timesMs.findIndex((time) => time > ms);
  if (next <= 0) return null;
  const from = timesMs[next - 1] as number;
  return next - 1 + (ms - from) / ((timesMs[next] as number) - from);
}

/** Notes on the 16ths between the beats; notes outside the beats are left out. */
function onBeats(notes: readonly MidiNote[], beats: Beats): StepNote[] {
  return notes.flatMap(({ pitch, velocity, onsetMs, durationMs }) => {
    const start = beatAt(onsetMs, beats);
    const end = beatAt(onsetMs + durationMs, beats);
    if (start === null || end === null) return [];
    const startStep = Math.round(start * STEPS_PER_QUARTER);
    return [
      { pitch, velocity, startStep, endStep: Math.max(startStep + 1, Math.round(end * STEPS_PER_QUARTER)) },
    ];
  });
}

function within(notes: readonly StepNote[], from: number, to: number): StepNote[] {
  return notes
    .filter(({ startStep }) => startStep >= from && startStep < to)
    .map((note) => ({
      ...note,
      startStep: note.startStep - from,
      endStep: Math.min(note.endStep, to) - from,
    }));
}

function rowsOf(text: string): string[][] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
}
