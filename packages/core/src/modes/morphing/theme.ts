/** The melody that a visitor played, as it is varied: sounds in whole bars. */
import {
  type Grid,
  type KeyedMelody,
  keyOf,
  lengthOf,
  quantize,
  type Sound,
  type StepNote,
  soundsOfLine,
  stepsPerBar,
  topLine,
} from '../../music/index.js';
import { MAX_BARS, notesOfPhrase, type Phrase } from '../phrase.js';

export interface Theme extends KeyedMelody {
  sounds: Sound[];
  /** How loud it was at each of its notes. */
  velocities: { step: number; velocity: number }[];
}

/** The top line from the grid's first bar line on, at most eight bars of it, the last one filled with a rest. */
export function themeOf(phrase: Phrase, grid: Grid): Theme {
  const longest = MAX_BARS * stepsPerBar(grid);
  const line = topLine(quantize(notesOfPhrase(phrase), grid))
    .filter(({ startStep }) => startStep >= 0 && startStep < longest)
    .map((note) => ({ ...note, endStep: Math.min(note.endStep, longest) }));
  return {
    sounds: inWholeBars(soundsOfLine(line, 0), stepsPerBar(grid)),
    key: keyOf(line.map(({ pitch, startStep, endStep }) => ({ pitch, weight: endStep - startStep }))),
    velocities: line.map(({ startStep, velocity }) => ({ step: startStep, velocity })),
  };
}

/** The sounds and a rest to the next bar line; silence is a bar of rest. */
export function inWholeBars(sounds: readonly Sound[], bar: number): Sound[] {
  const length = lengthOf(sounds);
  const missing = Math.max(bar, Math.ceil(length / bar) * bar) - length;
  return missing > 0 ? [...sounds, { pitch: null, steps: missing }] : [...sounds];
}

export function lineOf(sounds: readonly Sound[], velocityAt: (step: number) => number): StepNote[] {
  let step = 0;
  return sounds.flatMap(({ pitch, steps }) => {
    const startStep = step;
    step += steps;
    return pitch === null ? [] : [{ pitch, velocity: velocityAt(startStep), startStep, endStep: step }];
  });
}
