/** The encodings that published models were trained with, by Magenta's names for them and by the sizes that give them away. */
import { AppError } from '../../app-error.js';
import type { CheckpointConfig } from '../checkpoint.js';
import { encodingOf, readEncodingConfig } from '../encoding-of-config.js';

/** Magenta's default: from C3 up to, not including, C6. */
const VOCAL = { minPitch: 48, maxPitch: 83 };
const KEY_OF_C = 0;

/** As Magenta's melody_rnn_model.py and improv_rnn_model.py set their models up. */
const encodings = {
  basic_rnn: { dataConverter: { type: 'MelodyConverter', args: VOCAL }, transposeToKey: KEY_OF_C },
  mono_rnn: { dataConverter: { type: 'MelodyConverter', args: { minPitch: 0, maxPitch: 127 } } },
  lookback_rnn: { dataConverter: { type: 'LookbackMelodyConverter', args: VOCAL }, transposeToKey: KEY_OF_C },
  attention_rnn: { dataConverter: { type: 'KeyMelodyConverter', args: VOCAL }, transposeToKey: KEY_OF_C },
  basic_improv: {
    chordEncoder: 'TriadChordEncoder',
    dataConverter: { type: 'MelodyConverter', args: VOCAL },
  },
  attention_improv: {
    chordEncoder: 'TriadChordEncoder',
    dataConverter: { type: 'KeyMelodyConverter', args: VOCAL },
  },
  chord_pitches_improv: {
    chordEncoder: 'PitchChordEncoder',
    dataConverter: { type: 'MelodyConverter', args: VOCAL },
  },
  /** Magenta.js's own. */
  major_minor_improv: {
    chordEncoder: 'MajorMinorChordEncoder',
    dataConverter: { type: 'MelodyConverter', args: VOCAL },
  },
};
export type KnownEncoding = keyof typeof encodings;

/** The members of config.json that say how a network is fed. */
const FED_BY = ['dataConverter', 'chordEncoder', 'auxInputs', 'transposeToKey', 'accompaniment'];

export const isKnownEncoding = (name: string): name is KnownEncoding => Object.hasOwn(encodings, name);

/** The one known encoding of these sizes. Throws AppError `badCheckpoint` where there is none, saying `why` it was asked for. */
export function encodingBySizes(
  { inputSize, classes }: { inputSize: number; classes: number },
  why: string,
): KnownEncoding {
  const found = (Object.keys(encodings) as KnownEncoding[]).filter((name) => {
    const encoding = encodingOf(readEncodingConfig(configFor(name, {})));
    return encoding.inputSize === inputSize && encoding.classes === classes;
  });
  const [name] = found;
  if (name && found.length === 1) return name;
  throw new AppError(
    'badCheckpoint',
    `${why}; and no known encoding has the ${inputSize} inputs and ${classes} classes that the weights have`,
  );
}

/** `config` with its account of how the network is fed replaced by that of a known encoding. */
export function configFor(name: KnownEncoding, config: object): CheckpointConfig {
  const others = Object.entries(config).filter(([member]) => !FED_BY.includes(member));
  return { ...Object.fromEntries(others), type: 'MusicRNN', ...encodings[name] };
}
