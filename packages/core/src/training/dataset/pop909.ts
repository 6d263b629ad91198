/** POP909: a folder a song, with the melody as a MIDI track and the beats as a list of times. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { STEPS_PER_QUARTER } from '../../music/melody.js';
import { type MidiNote, readMidiFile } from '../../music/midi-file/index.js';
import { extractMelody } from './melody-rules.js';
import type { Corpus } from './piece.js';

const BEATS_PER_BAR = 4;

export async function readPop909(folder: string): Promise<Corpus> {
  const corpus: Corpus = { pieces: [], skipped: [] };
  const songs = (await readdir(folder)).filter((name) => /^\d{3}$/.test(name)).sort();
  for (const song of songs) {
    const id = `pop909/${song}`;
    try {
      const midi = readMidiFile(await readFile(join(folder, song, `${song}.mid`)));
      const notes = midi.tracks.find(({ name }) => name === 'MELODY')?.notes ?? [];
      const beats = readBeats(await readFile(join(folder, song, 'beat_midi.txt'), 'utf8'));
      const extracted = 'reason' in beats ? beats : extractMelody(onBeats(notes, beats));
      if ('reason' in extracted) corpus.skipped.push({ id, reason: extracted.reason });
      else corpus.pieces.push({ id, style: 'pop', melody: extracted.melody });
    } catch (error) {
      corpus.skipped.push({ id, reason: (error as Error).message });
    }
  }
  return corpus;
}

interface Beats {
  timesMs: number[];
  /** Index of the first downbeat. */
  firstDownbeat: number;
}

/** Lines of seconds and two flags; the second marks downbeats. */
function readBeats(text: string): Beats | { reason: string } {
  const rows = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const downbeats = rows.flatMap(([, , flag], i) => (flag === 1 ? [i] : []));
  const firstDownbeat = downbeats[0];
  if (firstDownbeat === undefined) return { reason: 'no downbeats' };
  const other = downbeats.find((beat, i) => i > 0 && beat - (downbeats[i - 1] as number) !== BEATS_PER_BAR);
  if (other !== undefined) return { reason: `a bar of other than ${BEATS_PER_BAR} beats at beat ${other}` };
  return { timesMs: rows.map(([seconds]) => (seconds ?? 0) * 1000), firstDownbeat };
}

/** Notes on the 16ths between the beats, counted from the first downbeat; notes outside the beats are left out. */
function onBeats(notes: readonly MidiNote[], { timesMs, firstDownbeat }: Beats) {
  const stepOf = (ms: number): number | null => {
    const next = timesMs.findIndex((time) => time > ms);
    if (next <= 0) return null;
    const from = timesMs[next - 1] as number;
    const beat = next - 1 + (ms - from) / ((timesMs[next] as number) - from);
    return Math.round((beat - firstDownbeat) * STEPS_PER_QUARTER);
  };
  return notes.flatMap(({ pitch, velocity, onsetMs, durationMs }) => {
    const startStep = stepOf(onsetMs);
    const endStep = stepOf(onsetMs + durationMs);
    if (startStep === null || endStep === null || startStep < 0) return [];
    return [{ pitch, velocity, startStep, endStep: Math.max(startStep + 1, endStep) }];
  });
}
