/** Nottingham folk tunes: a MIDI file each, with a melody track and a track of block chords. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { STEPS_PER_QUARTER } from '../../music/melody.js';
import { type MidiPiece, type MidiTrack, readMidiFile } from '../../music/midi-file/index.js';
import type { StepNote } from '../../music/quantize.js';
import { chordsOf } from './harmony.js';
import { type MelodyRules, takePiece } from './melody-rules.js';
import { type Corpus, collect, type TrainingPiece } from './piece.js';

/** Metres that are taken, with the 16ths of a bar; two bars of 2/4 are heard as one. */
const METRES: Record<string, number> = { '4/4': 16, '2/4': 16, '2/2': 16, '3/4': 12, '6/8': 12 };
/** Chords change on these 16ths at the closest. */
const CHORD_SPAN = 2;

export async function readNottingham(folder: string, rules: MelodyRules): Promise<Corpus> {
  const corpus: Corpus = { pieces: [], skipped: [] };
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.mid')).sort()) {
    const id = `nottingham/${file.replace(/\.mid$/, '')}`;
    await collect(corpus, id, async () =>
      pieceOf(id, readMidiFile(await readFile(join(folder, file))), rules),
    );
  }
  return corpus;
}

function pieceOf(id: string, midi: MidiPiece, rules: MelodyRules): TrainingPiece[] | { reason: string } {
  const metres = new Set(
    midi.timeSignatures.map(({ numerator, denominator }) => `${numerator}/${denominator}`),
  );
  const [metre = '4/4'] = metres;
  const stepsPerBar = METRES[metre];
  if (metres.size > 1) return { reason: `several metres: ${[...metres].join(', ')}` };
  if (!stepsPerBar) return { reason: `metre ${metre}` };
  const ticksPerStep = (midi.ticksPerQuarter ?? 0) / STEPS_PER_QUARTER;
  const [melodyTrack, chordTrack] = midi.tracks.filter(({ notes }) => notes.length > 0);
  const melody = onSteps(melodyTrack, ticksPerStep);
  const chords = onSteps(chordTrack, ticksPerStep);
  const length = Math.max(0, ...melody.map(({ endStep }) => endStep));
  const taken = takePiece(
    {
      id,
      style: 'folk',
      stepsPerBar,
      melody,
      chords: chords.length > 0 ? chordsOf(chords, length, CHORD_SPAN) : null,
      bass: chords.length > 0 ? chords : null,
    },
    rules,
  );
  return 'reason' in taken ? taken : [taken];
}

function onSteps(track: MidiTrack | undefined, ticksPerStep: number): StepNote[] {
  return (track?.notes ?? []).map(({ pitch, velocity, onsetTicks, endTicks }) => {
    const startStep = Math.round(onsetTicks / ticksPerStep);
    const endStep = Math.max(startStep + 1, Math.round(endTicks / ticksPerStep));
    return { pitch, velocity, startStep, endStep };
  });
}
