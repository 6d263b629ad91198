/** A report while it is written. */
import type { ChordSymbol } from '../music/chord.js';
import type { MelodyEvent } from '../music/melody.js';
import type { BatcherReport, BatchMeasure } from './batcher-messages.js';

/** What was sampled for a job in one step. */
interface SampledStep {
  job: number;
  event: MelodyEvent;
  logProbability: number;
  /** From models that accompany. */
  accompaniment: { chord: ChordSymbol; bass: MelodyEvent } | null;
}

export class ReportDraft {
  readonly ended: BatcherReport['ended'] = [];
  readonly batches: BatchMeasure[] = [];
  readonly queueMs: number[] = [];
  sheds = 0;
  readonly #jobs: number[] = [];
  readonly #events: MelodyEvent[] = [];
  readonly #logProbabilities: number[] = [];
  readonly #chords: ChordSymbol[] = [];
  readonly #bass: MelodyEvent[] = [];

  get isEmpty(): boolean {
    return this.ended.length + this.batches.length + this.#jobs.length === 0;
  }

  add({ job, event, logProbability, accompaniment }: SampledStep): void {
    this.#jobs.push(job);
    this.#events.push(event);
    this.#logProbabilities.push(logProbability);
    if (!accompaniment) return;
    this.#chords.push(accompaniment.chord);
    this.#bass.push(accompaniment.bass);
  }

  /** Typed arrays go to another thread as one block of memory. */
  finish(): BatcherReport {
    return {
      jobs: new Int32Array(this.#jobs),
      events: new Int8Array(this.#events),
      logProbabilities: new Float64Array(this.#logProbabilities),
      chords: this.#chords,
      bass: new Int8Array(this.#bass),
      ended: this.ended,
      queueMs: new Float64Array(this.queueMs),
      batches: this.batches,
      sheds: this.sheds,
    };
  }
}
