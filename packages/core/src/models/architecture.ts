/** What a checkpoint's shapes say the network is. H = units, I = inputs, V = classes. */

/** TensorFlow adds it to the forget gate when a network runs, so that it is in no checkpoint's biases. */
export const FORGET_BIAS = 1;

/** One LSTM layer. Kernels in TensorFlow's gate order i, g, f, o, and so biases, to which `FORGET_BIAS` is added. */
export interface LstmLayer {
  units: number;
  /** [I + H, 4H] */
  kernel: Float32Array;
  /** [4H] */
  bias: Float32Array;
}

/** A softmax over V classes read from the top layer's output. */
export interface Head {
  name: string;
  classes: number;
  /** [H, V] */
  kernel: Float32Array;
  /** [V] */
  bias: Float32Array;
}

/**
 * TensorFlow's AttentionCellWrapper around the first layers, whose past `length` outputs are attended to. H = units of the last of
 * these layers, S = twice the units of them all.
 */
export interface Attention {
  /** How many layers, from the first on, lie inside. */
  layers: number;
  length: number;
  /** [I + H, I] and [I]: the input, mixed with what was attended to last */
  inputKernel: Float32Array;
  inputBias: Float32Array;
  /** [S, H] and [H]: the query, from c and h of each layer inside */
  queryKernel: Float32Array;
  queryBias: Float32Array;
  /** [H, H], applied to each past output */
  keyKernel: Float32Array;
  /** [H] */
  scoreVector: Float32Array;
  /** [2H, H] and [H]: the output, from the last inner layer's h and what is attended to */
  outputKernel: Float32Array;
  outputBias: Float32Array;
}

/** H: the size of what is attended to. */
export function attentionSize({ layers, attention }: Architecture): number {
  return attention ? (layers[attention.layers - 1] as LstmLayer).units : 0;
}

export interface Architecture {
  inputSize: number;
  layers: LstmLayer[];
  attention: Attention | null;
  heads: Head[];
}
