/** Any MIDI files, also in folders within the folder: each track that is a melody by the rules is a piece, over the harmony of them all. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { STEPS_PER_QUARTER } from '../../music/melody.js';
import { type MidiPiece, readMidiFile } from '../../music/midi-file/index.js';
import type { StepNote } from '../../music/quantize.js';
import { chordsOf } from './harmony.js';
import { type MelodyRules, takePiece } from './melody-rules.js';
import { type Corpus, collect, type TrainingPiece } from './piece.js';

const DRUM_CHANNEL = 9;
/** Chords change on these 16ths at the closest. */
const CHORD_SPAN = 8;

export async function readMidiFolder(folder: string, rules: MelodyRules): Promise<Corpus> {
  const corpus: Corpus = { pieces: [], skipped: [] };
  const files = (await readdir(folder, { recursive: true })).filter((name) => /\.midi?$/i.test(name)).sort();
  for (const file of files)
    await collect(corpus, file, async () =>
      piecesOf(file, readMidiFile(await readFile(join(folder, file))), rules),
    );
  return corpus;
}

function piecesOf(id: string, midi: MidiPiece, rules: MelodyRules): TrainingPiece[] | { reason: string } {
  const metres = new Set(
    midi.timeSignatures.map(({ numerator, denominator }) => `${numerator}/${denominator}`),
  );
  if (metres.size > 1) return { reason: `several metres: ${[...metres].join(', ')}` };
  if (!midi.ticksPerQuarter) return { reason: 'its time is not counted in beats' };
  const { numerator = 4, denominator = 4 } = midi.timeSignatures[0] ?? {};
  const stepsPerBar = (numerator * 4 * STEPS_PER_QUARTER) / denominator;
  if (!Number.isInteger(stepsPerBar))
    return { reason: `a bar of ${numerator}/${denominator} is no whole number of 16ths` };
  const ticksPerStep = midi.ticksPerQuarter / STEPS_PER_QUARTER;
  const tracks = midi.tracks.map(({ notes }) =>
    notes
      .filter(({ channel }) => channel !== DRUM_CHANNEL)
      .map(({ pitch, velocity, onsetTicks, endTicks }): StepNote => {
        const startStep = Math.round(onsetTicks / ticksPerStep);
        const endStep = Math.max(startStep + 1, Math.round(endTicks / ticksPerStep));
        return { pitch, velocity, startStep, endStep };
      }),
  );
  const all = tracks.flat();
  const length = all.reduce((most, { endStep }) => Math.max(most, endStep), 0);
  const isAlone = tracks.filter((notes) => notes.length > 0).length < 2;
  const chords = isAlone ? null : chordsOf(all, length, CHORD_SPAN);
  const taken = tracks.map((melody, i) =>
    takePiece(
      {
        id: `${id}#${i + 1}`,
        style: null,
        stepsPerBar,
        melody,
        chords,
        bass: isAlone ? null : tracks.filter((track) => track !== melody).flat(),
      },
      rules,
    ),
  );
  const pieces = taken.flatMap((each) => ('reason' in each ? [] : [each]));
  if (pieces.length > 0) return pieces;
  const reasons = new Set(taken.flatMap((each) => ('reason' in each ? [each.reason] : [])));
  return { reason: [...reasons].join('; ') || 'no tracks' };
}
