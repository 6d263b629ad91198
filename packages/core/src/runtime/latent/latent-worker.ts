/** The thread behind `startLatentThread`: Magenta.js's own MusicVAE on TensorFlow.js's WebAssembly. */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { MusicVAE } from '@magenta/music/node/music_vae.js';
import { serveCheckpoint } from '../../models/serve-checkpoint.js';
import { type MelodyEvent, melodyOf, notesOfMelody, STEPS_PER_QUARTER } from '../../music/index.js';
import { loadWebAssembly } from '../tensorflow/web-assembly.js';
import type { LatentMessage, LatentQuestion, LatentTask } from './latent-thread.js';

const require = createRequire(import.meta.url);
const { folder, steps } = workerData as LatentTask;
const say = (message: LatentMessage) => parentPort?.postMessage(message);

try {
  const vae = await load();
  parentPort?.on('message', (question: LatentQuestion) => void answer(vae, question));
  say({ type: 'ready' });
} catch (error) {
  say({ type: 'failed', message: (error as Error).message });
}

async function load(): Promise<MusicVAE> {
  const magenta =
    require('@magenta/music/node/music_vae.js') as typeof import('@magenta/music/node/music_vae.js');
  await loadWebAssembly();
  const served = await serveCheckpoint(folder);
  try {
    const vae = new magenta.MusicVAE(served.url);
    await vae.initialize();
    return vae;
  } finally {
    served.close();
  }
}

async function answer(vae: MusicVAE, { first, second, count }: LatentQuestion): Promise<void> {
  try {
    const told = await vae.interpolate([sequenceOf(first), sequenceOf(second)], count + 2);
    say({ type: 'answer', melodies: told.slice(1, -1).map(({ notes }) => melodyOfNotes(notes ?? [])) });
  } catch (error) {
    say({ type: 'refused', message: (error as Error).message });
  }
}

type Sequence = Parameters<MusicVAE['interpolate']>[0][number];

function sequenceOf(melody: readonly MelodyEvent[]): Sequence {
  return {
    quantizationInfo: { stepsPerQuarter: STEPS_PER_QUARTER },
    totalQuantizedSteps: steps,
    notes: notesOfMelody(melody, 0, 1).map(({ pitch, startStep, endStep }) => ({
      pitch,
      quantizedStartStep: startStep,
      quantizedEndStep: endStep,
    })),
  };
}

function melodyOfNotes(notes: NonNullable<Sequence['notes']>): MelodyEvent[] {
  const line = notes.map(({ pitch, quantizedStartStep, quantizedEndStep }) => ({
    pitch: pitch ?? 0,
    velocity: 1,
    startStep: Number(quantizedStartStep ?? 0),
    endStep: Number(quantizedEndStep ?? 0),
  }));
  return melodyOf(line, steps);
}
