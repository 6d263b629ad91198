/**
 * How a network is fed, read from config.json. `MelodyConverter`, the chord encoders and `BinaryCounter` are Magenta.js's own; the others
 * are known here only, and Magenta.js refuses a folder that names them.
 */
import { z } from 'zod';
import { AppError } from '../app-error.js';
import type { CheckpointConfig } from './checkpoint.js';
import { type ChordCoding, createChordCoding } from './chord-coding.js';
import { chordParts, chordSoFar } from './chord-parts.js';
import { type ClassCoding, createEncoding, type MelodyEncoding } from './encoding.js';
import { barPosition, binaryCounter, type InputPart } from './input-parts.js';
import { contourPart, keyMelodyCoding, keyPart } from './key-melody.js';
import { barLookbackPart, LOOKBACK_DISTANCES, lookbackPart, repeatCoding, repeatPart } from './lookback.js';
import { bassPart, oneHotCoding, oneHotPart, type PitchRange } from './one-hot.js';
import { stylePart } from './style-part.js';

const Pitch = z.number().int().min(0).max(127);
const Distances = z.array(z.number().int().min(1).max(1024)).min(1).max(8);
const counterBits = (bits: number) => z.number().int().min(1).max(16).default(bits);

function spanningAnOctave<Args extends PitchRange>(args: z.ZodType<Args>) {
  return args.refine(({ minPitch, maxPitch }) => maxPitch - minPitch >= 11, 'must span an octave');
}

const DataConverter = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('MelodyConverter'),
    args: spanningAnOctave(z.object({ minPitch: Pitch, maxPitch: Pitch })),
  }),
  /** Magenta's lookback_rnn. */
  z.object({
    type: z.literal('LookbackMelodyConverter'),
    args: spanningAnOctave(
      z.object({
        minPitch: Pitch,
        maxPitch: Pitch,
        distances: Distances.default([...LOOKBACK_DISTANCES]),
        counterBits: counterBits(5),
      }),
    ),
  }),
  /** Magenta's attention_rnn. */
  z.object({
    type: z.literal('KeyMelodyConverter'),
    args: spanningAnOctave(
      z.object({
        minPitch: Pitch,
        maxPitch: Pitch,
        distances: Distances.default([...LOOKBACK_DISTANCES]),
        counterBits: counterBits(7),
      }),
    ),
  }),
]);

const AuxInput = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('BinaryCounter'),
    args: z.object({ numBits: z.number().int().min(1).max(16) }),
  }),
  z.object({
    type: z.literal('BarPosition'),
    args: z.object({ metres: z.array(z.number().int().min(1).max(64)).min(1).max(16) }),
  }),
  z.object({ type: z.literal('BarLookback'), args: z.object({ bars: Distances }) }),
  /** The chord of the latest step, as one of the named encoders tells it. */
  z.object({
    type: z.literal('ChordSoFar'),
    args: z.object({ encoder: z.enum(Object.keys(chordParts) as [keyof typeof chordParts]) }),
  }),
  z.object({
    type: z.literal('BassSoFar'),
    args: spanningAnOctave(z.object({ minPitch: Pitch, maxPitch: Pitch })),
  }),
  z.object({
    type: z.literal('StyleTag'),
    args: z.object({ styles: z.array(z.string().min(1)).min(1).max(64) }),
  }),
]);
type AuxInput = z.infer<typeof AuxInput>;

const EncodingConfig = z.object({
  type: z.literal('MusicRNN'),
  title: z.string().optional(),
  dataConverter: DataConverter,
  chordEncoder: z.enum(Object.keys(chordParts) as [keyof typeof chordParts]).optional(),
  auxInputs: z.array(AuxInput).max(8).default([]),
  /** What the chord and bass heads of a model that accompanies say. */
  accompaniment: z
    .object({
      qualities: z.array(z.string()).min(1).max(64),
      bass: spanningAnOctave(z.object({ minPitch: Pitch, maxPitch: Pitch })),
    })
    .nullable()
    .default(null),
  /** The major key (0 = C) that melodies are moved to before the model hears them, and back after. */
  transposeToKey: z.number().int().min(0).max(11).nullable().default(null),
});
export type EncodingConfig = z.infer<typeof EncodingConfig>;

/** Throws AppError `badCheckpoint` that names the member of config.json. */
export function readEncodingConfig(config: CheckpointConfig): EncodingConfig {
  const read = EncodingConfig.safeParse(config);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new AppError('badCheckpoint', `config.json: ${issue?.path.join('.')}: ${issue?.message}`);
}

/** The chord comes first, then what the converter says, then the auxiliary inputs, as in Magenta.js. */
export function encodingOf({ dataConverter, chordEncoder, auxInputs }: EncodingConfig): MelodyEncoding {
  const range = dataConverter.args;
  const { coding, parts } = converted(dataConverter);
  return createEncoding(coding, [
    ...(chordEncoder ? [chordParts[chordEncoder]] : []),
    ...parts,
    ...auxInputs.flatMap((input) => auxParts(input, range)),
  ]);
}

export interface Accompaniment {
  chords: ChordCoding;
  bass: ClassCoding;
}

export function accompanimentOf({ accompaniment }: EncodingConfig): Accompaniment | null {
  return (
    accompaniment && {
      chords: createChordCoding(accompaniment.qualities),
      bass: oneHotCoding(accompaniment.bass),
    }
  );
}

/** Magenta.js's MelodyConverter, with binary counters where their bits are not 0. */
export function createOneHotEncoding(range: PitchRange, bits: number): MelodyEncoding {
  return createEncoding(oneHotCoding(range), [oneHotPart(range), ...(bits > 0 ? [binaryCounter(bits)] : [])]);
}

function converted({ type, args }: z.infer<typeof DataConverter>): {
  coding: ClassCoding;
  parts: InputPart[];
} {
  switch (type) {
    case 'MelodyConverter':
      return { coding: oneHotCoding(args), parts: [oneHotPart(args)] };
    case 'LookbackMelodyConverter':
      return {
        coding: repeatCoding(oneHotCoding(args), args.distances),
        parts: [
          oneHotPart(args),
          lookbackPart(args, args.distances),
          binaryCounter(args.counterBits),
          repeatPart(args.distances),
        ],
      };
    case 'KeyMelodyConverter':
      return {
        coding: repeatCoding(keyMelodyCoding(args), args.distances),
        parts: [contourPart(args), repeatPart(args.distances), binaryCounter(args.counterBits), keyPart()],
      };
  }
}

function auxParts(input: AuxInput, range: PitchRange): InputPart[] {
  switch (input.type) {
    case 'BinaryCounter':
      return [binaryCounter(input.args.numBits)];
    case 'BarPosition':
      return [barPosition(input.args.metres)];
    case 'BarLookback':
      return [barLookbackPart(range, input.args.bars)];
    case 'ChordSoFar':
      return [chordSoFar(input.args.encoder)];
    case 'BassSoFar':
      return [bassPart(input.args)];
    case 'StyleTag':
      return [stylePart(input.args.styles)];
  }
}
