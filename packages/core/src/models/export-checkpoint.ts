/** Hands models on as Magenta.js folders, and says what Magenta.js makes of them. */
import type { Architecture } from './architecture.js';
import { architectureOf, MELODY_HEAD } from './architecture-of-checkpoint.js';
import type { Checkpoint } from './checkpoint.js';
import { writeCheckpoint } from './checkpoint-folder.js';
import { type EncodingConfig, readEncodingConfig } from './encoding-of-config.js';
import { currentWeights } from './import/variable-names.js';

/** Magenta.js takes attention's output from the third layer. */
const LAYERS_UNDER_ATTENTION = 3;

/**
 * Writes config.json, weights_manifest.json and one shard of float32, under the names that Magenta.js reads. Answers, for people, where
 * Magenta.js's MusicRNN will refuse the model or play it otherwise than here; nothing where it plays the same. Throws AppError
 * `badCheckpoint` for weights that make no network.
 */
export async function exportCheckpoint(checkpoint: Checkpoint, folder: string): Promise<string[]> {
  const weights = currentWeights(checkpoint.weights);
  const architecture = architectureOf({ config: checkpoint.config, weights });
  const attentionLength = architecture.attention?.length;
  const config = { ...checkpoint.config, ...(attentionLength && { attentionLength }) };
  const warnings = differencesInMagentaJs(architecture, readEncodingConfig(config));
  await writeCheckpoint(folder, { config, weights });
  return warnings;
}

function differencesInMagentaJs(
  { attention, layers, heads }: Architecture,
  config: EncodingConfig,
): string[] {
  const warnings: string[] = [];
  const { dataConverter, auxInputs, transposeToKey } = config;
  const refused = [dataConverter, ...auxInputs]
    .map(({ type }) => type)
    .filter((type) => type !== 'MelodyConverter' && type !== 'BinaryCounter');
  if (refused.length > 0)
    warnings.push(`Magenta.js does not know ${refused.join(' and ')} and will refuse the folder.`);
  if (heads.length > 1 || heads[0]?.name !== MELODY_HEAD)
    warnings.push('Magenta.js knows one head only and will refuse the folder.');
  if (attention && (attention.layers !== layers.length || layers.length !== LAYERS_UNDER_ATTENTION))
    warnings.push(
      `Magenta.js knows attention only around all of ${LAYERS_UNDER_ATTENTION} layers and will fail.`,
    );
  else if (attention?.queryBias.some((value) => value !== 0))
    warnings.push(
      'Magenta.js leaves out attention/bias, which is not 0 here; its probabilities will differ.',
    );
  if (transposeToKey !== null)
    warnings.push(
      'Magenta.js does not transpose: move melodies to the model’s key before it hears them, and its answers back.',
    );
  return warnings;
}
