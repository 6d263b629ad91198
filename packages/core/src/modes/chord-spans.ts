/** Spans of a bar within which the chord stays: what is decided, committed and played as a whole. */
import { countedSteps, type Grid, stepsPerBar } from '../music/index.js';

export interface Spans {
  /** Between two changes of chord; a bar line always begins a span. */
  chordSteps: number;
  barSteps: number;
}

export interface Span {
  startStep: number;
  endStep: number;
}

/** The span that a step lies in. */
export function spanOf(step: number, { chordSteps, barSteps }: Spans): Span {
  const barStart = Math.floor(step / barSteps) * barSteps;
  const startStep = barStart + Math.floor((step - barStart) / chordSteps) * chordSteps;
  return { startStep, endStep: Math.min(startStep + chordSteps, barStart + barSteps) };
}

/** The first step at or after `step` that begins a span. */
export function spanFrom(step: number, spans: Spans): number {
  const { startStep, endStep } = spanOf(step, spans);
  return startStep === step ? startStep : endStep;
}

/** The spans from `startStep`, which begins one, to `endStep`. */
export function spansBetween(startStep: number, endStep: number, spans: Spans): Span[] {
  const between: Span[] = [];
  for (let step = startStep; step < endStep; step = between.at(-1)?.endStep ?? endStep)
    between.push(spanOf(step, spans));
  return between;
}

/** Half a bar in steps, on a beat that is counted: where chords change of themselves. */
export function halfBarOf(grid: Grid): number {
  const counted = countedSteps(grid);
  return Math.ceil(stepsPerBar(grid) / counted / 2) * counted;
}
