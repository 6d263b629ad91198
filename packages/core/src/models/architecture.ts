/** What a checkpoint's shapes say the network is. H = units, I = inputs, V = classes. */

/** One LSTM layer. Kernels in TensorFlow's gate order i, g, f, o; forget bias 1 is added at run time. */
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

/** Magenta's AttentionCellWrapper around the first layer; `length` past outputs are attended to. */
export interface Attention {
  length: number;
  /** [I + H, I] and [I] */
  inputKernel: Float32Array;
  inputBias: Float32Array;
  /** [2H, H] (query from the cell's c and h) and [H] */
  queryKernel: Float32Array;
  queryBias: Float32Array;
  /** [H, H] applied to each past output; [H] */
  keyKernel: Float32Array;
  scoreVector: Float32Array;
  /** [2H, H] and [H] */
  outputKernel: Float32Array;
  outputBias: Float32Array;
}

export interface Architecture {
  inputSize: number;
  layers: LstmLayer[];
  attention: Attention | null;
  heads: Head[];
}
