/** How each kind of model is fed and what it is asked: the config.json that its checkpoint will have. */

import { MELODY_HEAD } from '../models/architecture-of-checkpoint.js';
import type { CheckpointConfig } from '../models/checkpoint.js';
import { accompanimentOf, encodingOf, readEncodingConfig } from '../models/encoding-of-config.js';
import type { StepRole } from '../models/model.js';
import type { PitchRange } from '../models/one-hot.js';
import { Style } from '../models/style.js';
import type { TrainingPiece } from './dataset/piece.js';
import type { NetworkShape } from './parameters.js';
import { type Targets, targetsOf } from './sequence.js';
import type { Windowing } from './windows.js';

/** Magenta's melody range. */
const RANGE: PitchRange = { minPitch: 48, maxPitch: 83 };
const BASS_RANGE: PitchRange = { minPitch: 28, maxPitch: 51 };
/** 4/4, and 3/4 or 6/8. */
const METRES = [16, 12];
const QUALITIES = ['', 'm', '7', 'm7', 'maj7', 'dim', 'sus4', 'sus2'];

const melodyConverter = { type: 'MelodyConverter', args: RANGE };
const place = { type: 'BarPosition', args: { metres: METRES } };
const lookback = { type: 'BarLookback', args: { bars: [1, 2] } };
const style = { type: 'StyleTag', args: { styles: Style.options } };

const configs: Record<StepRole, CheckpointConfig> = {
  melody: {
    type: 'MusicRNN',
    title: 'Melody',
    dataConverter: melodyConverter,
    auxInputs: [place, lookback, style],
  },
  accompaniment: {
    type: 'MusicRNN',
    title: 'Accompaniment',
    dataConverter: melodyConverter,
    auxInputs: [
      place,
      { type: 'ChordSoFar', args: { encoder: 'PitchChordEncoder' } },
      { type: 'BassSoFar', args: BASS_RANGE },
      style,
    ],
    accompaniment: { qualities: QUALITIES, bass: BASS_RANGE },
  },
  improv: {
    type: 'MusicRNN',
    title: 'Improvisation over chords',
    dataConverter: melodyConverter,
    chordEncoder: 'PitchChordEncoder',
    auxInputs: [place, lookback, style],
  },
};

export interface Recipe {
  config: CheckpointConfig;
  range: PitchRange;
  network: (units: number[]) => NetworkShape;
  windowing: Pick<Windowing, 'encoding' | 'targets' | 'classes'>;
  /** Whether the model hears chords it has made itself, and so has to be trained with mistakes in them. */
  isMisheard: boolean;
  accepts: (piece: TrainingPiece) => boolean;
}

export function recipeFor(role: StepRole): Recipe {
  const config = configs[role];
  const known = readEncodingConfig(config);
  const encoding = encodingOf(known);
  const accompaniment = accompanimentOf(known);
  const heads = [
    { name: MELODY_HEAD, classes: encoding.classes },
    ...(accompaniment
      ? [
          { name: 'chord', classes: accompaniment.chords.classes },
          { name: 'bass', classes: accompaniment.bass.classes },
        ]
      : []),
  ];
  const targets: Targets = targetsOf(encoding, accompaniment);
  return {
    config,
    range: RANGE,
    network: (units) => ({ inputSize: encoding.inputSize, units, heads }),
    windowing: { encoding, targets, classes: heads.map(({ classes }) => classes) },
    isMisheard: role === 'accompaniment',
    accepts: ({ chords }) => role === 'melody' || chords !== null,
  };
}
