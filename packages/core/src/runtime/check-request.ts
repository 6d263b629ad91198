/** Refuses what no model can be asked, before it reaches the batch that it would share with others. */
import { AppError } from '../app-error.js';
import { chordOf } from '../music/chord.js';
import { HOLD } from '../music/melody.js';
import type { GenerationRequest } from './engine.js';

const HIGHEST_PITCH = 127;

/** Throws AppError `badRequest` or `badChord` that names the fault. */
export function checkRequest({
  prompt,
  steps,
  temperature,
  topK,
  topP,
  condition,
  deadlineMs,
  stepMs,
}: GenerationRequest): void {
  checkEvents('prompt', prompt);
  checkEvents('bass', condition.bass);
  for (const symbol of new Set(condition.chords)) chordOf(symbol);
  check('steps', steps, Number.isSafeInteger(steps));
  check('temperature', temperature, temperature >= 0 && Number.isFinite(temperature));
  check('topK', topK, topK === null || (Number.isSafeInteger(topK) && topK > 0));
  check('topP', topP, topP === null || (topP > 0 && topP <= 1));
  const { stepsPerBar } = condition;
  check('stepsPerBar', stepsPerBar, Number.isSafeInteger(stepsPerBar) && stepsPerBar > 0);
  check('deadlineMs', deadlineMs, Number.isFinite(deadlineMs));
  check('stepMs', stepMs, Number.isFinite(stepMs));
}

function checkEvents(name: string, events: readonly number[]): void {
  events.forEach((event, step) => {
    check(`${name}.${step}`, event, Number.isInteger(event) && event >= HOLD && event <= HIGHEST_PITCH);
  });
}

function check(name: string, value: unknown, isGood: boolean): void {
  if (!isGood) throw new AppError('badRequest', `${name}: a model cannot be asked with ${value}`);
}
