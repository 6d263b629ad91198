/** What a batcher is told and what it tells, as plain data: it mostly lives in another thread. */
import type { ChordSymbol } from '../music/chord.js';
import type { MelodyEvent } from '../music/melody.js';
import type { GenerationRequest } from './engine.js';

export interface Generation {
  request: GenerationRequest;
  /** Where the request's random stream begins. */
  randomPlace: number;
  /** What it has already, from a runner that has failed since; it goes on after that. */
  generated: GeneratedSoFar;
  /** When it was asked, by the engine's clock (ms). */
  askedMs: number;
}

/** Step by step; chords and bass only where the model accompanies. */
export interface GeneratedSoFar {
  events: MelodyEvent[];
  chords: ChordSymbol[];
  bass: MelodyEvent[];
}

/** Sessions and jobs are numbered by the sender. A session is there as soon as it is named. */
export type BatcherCommand =
  | { type: 'generate'; job: number; session: number; generation: Generation }
  | { type: 'cancel'; job: number }
  /** `session` has heard what `from` has. */
  | { type: 'fork'; session: number; from: number }
  /** Its state is forgotten; its jobs were cancelled before. */
  | { type: 'close'; session: number };

/** What happened since the last report. One comes for whatever was told, though nothing came of it. */
export interface BatcherReport {
  /** Events in the order they were sampled; the arrays go together, the last two only where the model accompanies. */
  jobs: Int32Array;
  events: Int8Array;
  logProbabilities: Float64Array;
  chords: ChordSymbol[];
  bass: Int8Array;
  ended: { job: number; error: { code: string; message: string } | null }[];
  /** Of each request that was begun since: how long it had waited for its first batch, from when it was asked (ms). */
  queueMs: Float64Array;
  batches: BatchMeasure[];
  sheds: number;
}

/** One batch that was run. */
export interface BatchMeasure {
  /** Sessions in it. */
  size: number;
  /** Of the network, for all of them together: a session that is primed takes several. */
  steps: number;
  computeMs: number;
}
