/** A model on disk or in memory: named weights and the configuration that says how to feed them. */

/** Row-major float32 values and their shape. */
export interface Tensor {
  shape: number[];
  values: Float32Array;
}

/** Weight names are TensorFlow's variable names, as in Magenta.js checkpoints. */
export interface Checkpoint {
  config: CheckpointConfig;
  weights: Map<string, Tensor>;
}

/** `config.json` of a Magenta.js checkpoint folder; unknown members are kept. */
export interface CheckpointConfig {
  type: string;
  [member: string]: unknown;
}
