/** What a model says to a mode's request, in the portions in which the mode hears it. */
import type { GeneratedStep, ModeGenerationRequest } from '@antiphon/core/modes';
import type { EngineSession } from '@antiphon/core/runtime';

/** The first beat is handed over step by step, the rest a beat at a time. */
const STEPS_PER_BEAT = 4;
/** As fine as probabilities are recorded. */
const LOG_PROBABILITY_PLACES = 1e4;

export interface Portion {
  fromStep: number;
  steps: GeneratedStep[];
  done: boolean;
}

/** Throws as `generate` does; ends without the last portion when `signal` is aborted. */
export async function* portionsOf(
  engine: EngineSession,
  request: ModeGenerationRequest,
  signal: AbortSignal,
): AsyncGenerator<Portion> {
  const { role: _, silentSteps, stepMs, chords, bass, style, stepsPerBar, ...wanted } = request;
  let fromStep = 0;
  let steps: GeneratedStep[] = [];
  const generated = engine.generate(
    {
      ...wanted,
      topK: null,
      topP: null,
      silentSteps: silentSteps ?? null,
      stepMs: stepMs ?? 0,
      condition: {
        chords: chords ?? [],
        bass: bass ?? [],
        style: style ?? null,
        stepsPerBar: stepsPerBar ?? 16,
      },
    },
    signal,
  );
  for await (const { logProbability, ...step } of generated) {
    if (signal.aborted) return;
    steps.push({ ...step, logProbability: rounded(logProbability) });
    const size = fromStep < STEPS_PER_BEAT ? 1 : STEPS_PER_BEAT;
    if (steps.length < size || fromStep + steps.length >= request.steps) continue;
    yield { fromStep, steps, done: false };
    fromStep += steps.length;
    steps = [];
  }
  if (!signal.aborted) yield { fromStep, steps, done: true };
}

function rounded(logProbability: number): number {
  return Math.round(logProbability * LOG_PROBABILITY_PLACES) / LOG_PROBABILITY_PLACES + 0; // never -0
}
