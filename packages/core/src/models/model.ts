/** A model: a checkpoint understood, ready to be fed melody events and run. */
import { basename } from 'node:path';
import { AppError } from '../app-error.js';
import type { Architecture, Head } from './architecture.js';
import { architectureOf, MELODY_HEAD } from './architecture-of-checkpoint.js';
import type { Checkpoint } from './checkpoint.js';
import { readCheckpoint } from './checkpoint-folder.js';
import type { ChordCoding } from './chord-coding.js';
import type { ClassCoding, MelodyEncoding } from './encoding.js';
import { type Accompaniment, accompanimentOf, encodingOf, readEncodingConfig } from './encoding-of-config.js';
import type { PitchRange } from './one-hot.js';

/** What a model that goes on step by step is good for: continuing a melody, chords and bass under one, or a melody over chords. */
export type StepRole = 'melody' | 'accompaniment' | 'improv';

/** What any model is good for; `latent`: melodies between two others. */
export type ModelRole = StepRole | 'latent';

export interface ModelParts {
  id: string;
  /** The checkpoint's config.json, which says how the network is fed. */
  config: Checkpoint['config'];
  /** The melody head comes first, then chord and bass where the model accompanies. */
  architecture: Architecture;
}

export interface Model extends ModelParts {
  /** For people; the id where config.json says none. */
  title: string;
  role: StepRole;
  encoding: MelodyEncoding;
  range: PitchRange;
  /** The major key that melodies are moved to before the model hears them; null where it knows all keys. */
  transposeToKey: number | null;
  /** Whether it follows the chords of its condition. */
  hearsChords: boolean;
  /** What its chord and bass heads say; null where it has none. */
  accompaniment: Accompaniment | null;
  /** The styles it can be asked for. */
  styles: string[];
}

/** Loads a checkpoint folder; its name is the model's id. Throws AppError `badCheckpoint`. */
export async function loadModel(folder: string): Promise<Model> {
  return modelOf(basename(folder), await readCheckpoint(folder));
}

export function modelOf(id: string, checkpoint: Checkpoint): Model {
  return assembleModel({ id, config: checkpoint.config, architecture: architectureOf(checkpoint) });
}

/** The whole model from what can be sent to another thread. Throws AppError `badCheckpoint`. */
export function assembleModel({ id, config, architecture }: ModelParts): Model {
  const known = readEncodingConfig(config);
  const encoding = encodingOf(known);
  const accompaniment = accompanimentOf(known);
  const wanted: [string, ClassCoding | ChordCoding][] = [[MELODY_HEAD, encoding]];
  if (accompaniment) wanted.push(['chord', accompaniment.chords], ['bass', accompaniment.bass]);
  if (architecture.inputSize !== encoding.inputSize)
    throw new AppError(
      'badCheckpoint',
      `${id}: config.json describes ${encoding.inputSize} inputs; the weights have ${architecture.inputSize}`,
    );
  const heads = wanted.map(([name, { classes }]) => headOf(id, architecture, { name, classes }));
  const names = heads.map(({ name }) => name);
  const unknown = architecture.heads.find(({ name }) => !names.includes(name));
  if (unknown)
    throw new AppError(
      'badCheckpoint',
      `${id}: the weights have a head "${unknown.name}"; config.json describes ${names.join(', ')}`,
    );
  return {
    id,
    config,
    architecture: { ...architecture, heads },
    title: known.title ?? id,
    role: accompaniment ? 'accompaniment' : known.chordEncoder ? 'improv' : 'melody',
    encoding,
    range: known.dataConverter.args,
    transposeToKey: known.transposeToKey,
    hearsChords: known.chordEncoder !== undefined,
    accompaniment,
    styles: known.auxInputs.flatMap((input) => (input.type === 'StyleTag' ? input.args.styles : [])),
  };
}

function headOf(
  id: string,
  { heads }: Architecture,
  { name, classes }: { name: string; classes: number },
): Head {
  const head = heads.find((candidate) => candidate.name === name);
  if (!head) {
    const there = heads.map((other) => other.name).join(', ');
    throw new AppError('badCheckpoint', `${id}: no head is named "${name}"; the weights have ${there}`);
  }
  if (head.classes !== classes)
    throw new AppError(
      'badCheckpoint',
      `${id}: config.json describes ${classes} classes of the ${name} head; the weights have ${head.classes}`,
    );
  return head;
}
