/** What the model is asked while the visitor plays: how they go on, and what goes with it. */
import { countedSteps, msOfStep, stepMs, stepsPerBar } from '../../music/index.js';
import { spanFrom } from '../chord-spans.js';
import { openStep } from '../hearing.js';
import type { ModeGenerationRequest } from '../mode.js';
import type { Around } from '../playing-along.js';
import type { Params } from './params.js';
import { type Song, soFar, spansOf } from './song.js';

export function ask(
  song: Song,
  { params, isShort }: Pick<Around<Params>, 'params' | 'isShort'>,
  requestId: number,
): { song: Song; request: ModeGenerationRequest } {
  const { grid, melody } = song.hearing;
  const steps = stepsAhead(song, { params, isShort });
  const fromStep = openStep(song.hearing);
  return {
    song: { ...song, asked: { requestId, fromStep, steps: [] } },
    request: {
      prompt: melody,
      ...soFar(song),
      steps,
      stepsPerBar: stepsPerBar(grid),
      temperature: params.temperature,
      allowedPitches: null,
      deadlineMs: msOfStep(grid, fromStep),
      stepMs: stepMs(grid) / steps,
    },
  };
}

/** To the end of the span that the lookahead reaches, or what is to be committed. */
function stepsAhead(song: Song, { params, isShort }: Pick<Around<Params>, 'params' | 'isShort'>): number {
  const from = openStep(song.hearing);
  const beat = countedSteps(song.hearing.grid);
  const committed = params.commitBeats * beat + 1;
  const ahead = isShort ? committed : Math.max(params.lookaheadBeats * beat, committed);
  return spanFrom(from + ahead, spansOf(song, params)) - from;
}
