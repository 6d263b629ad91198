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

/** Magenta's AttentionCellWrapper around the first layer, whose past `length` outputs are attended to. H = that layer's units. */
export interface Attention {
  length: number;
  /** [I + H, I] and [I]: the input, mixed with what was attended to last */
  inputKernel: Float32Array;
  inputBias: Float32Array;
  /** [2H, H] and [H]: the query, from the cell's c and h */
  queryKernel: Float32Array;
  queryBias: Float32Array;
  /** [H, H], applied to each past output */
  keyKernel: Float32Array;
  /** [H] */
  scoreVector: Float32Array;
  /** [2H, H] and [H]: the output, from the cell's h and what is attended to */
  outputKernel: Float32Array;
  outputBias: Float32Array;
}

export interface Architecture {
  inputSize: number;
  layers: LstmLayer[];
  attention: Attention | null;
  heads: Head[];
}
