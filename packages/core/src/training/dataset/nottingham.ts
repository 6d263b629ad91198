/** Nottingham folk tunes: a MIDI file each, with a melody track and a chord track. Only tunes in 4/4 or 2/4 throughout are taken. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { STEPS_PER_QUARTER } from '../../music/melody.js';
import { type MidiPiece, readMidiFile } from '../../music/midi-file/index.js';
import { extractMelody } from './melody-rules.js';
import type { Corpus } from './piece.js';

export async function readNottingham(folder: string): Promise<Corpus> {
  const corpus: Corpus = { pieces: [], skipped: [] };
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.mid')).sort()) {
    const id = `nottingham/${file.replace(/\.mid$/, '')}`;
    try {
      const extracted = melodyOfTune(readMidiFile(await readFile(join(folder, file))));
      if ('reason' in extracted) corpus.skipped.push({ id, reason: extracted.reason });
      else corpus.pieces.push({ id, style: 'folk', melody: extracted.melody });
    } catch (error) {
      corpus.skipped.push({ id, reason: (error as Error).message });
    }
  }
  return corpus;
}

function melodyOfTune(piece: MidiPiece) {
  const metre = piece.timeSignatures.map(({ numerator, denominator }) => `${numerator}/${denominator}`);
  const other = metre.find((signature) => signature !== '4/4' && signature !== '2/4');
  if (other) return { reason: `metre ${other}` };
  const ticksPerStep = (piece.ticksPerQuarter ?? 0) / STEPS_PER_QUARTER;
  const notes = (piece.tracks[0]?.notes ?? []).map(({ pitch, velocity, onsetTicks, endTicks }) => {
    const startStep = Math.round(onsetTicks / ticksPerStep);
    return {
      pitch,
      velocity,
      startStep,
      endStep: Math.max(startStep + 1, Math.round(endTicks / ticksPerStep)),
    };
  });
  return extractMelody(notes);
}
