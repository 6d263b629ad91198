/** The melody comes back: what each pass plays, and when the next one begins. */
import {
  barLineFrom,
  type Grid,
  type KeyedMelody,
  lengthOf,
  melodyOf,
  relativeDistance,
  stepsPerBar,
} from '../../music/index.js';
import type { ModeContext, Step } from '../mode.js';
import { gridFor } from '../time/params.js';
import { goingOn, isIn } from '../time/retiming.js';
import { askBass, planOf } from './bass.js';
import { between } from './between.js';
import { boundOf } from './bound.js';
import { askBetween, atShare, furthestWithin } from './latent.js';
import { endMs, type Pass, preparationStartMs } from './pass.js';
import { cancelled, common, type Melodies, type Morphing, type State } from './state.js';
import { inWholeBars, lineOf } from './theme.js';
import { vary } from './vary.js';
import { shareOfWay } from './way.js';

/** The pass is planned as a melody; its bass follows beat by beat. */
export function beginPass(
  state: Omit<State, 'phase'> & { melodies: Melodies },
  { number, grid, startMs, previous }: Pick<Pass, 'number' | 'grid' | 'startMs'> & { previous: Pass | null },
  context: ModeContext,
): Step<State> {
  const { nowMs, random } = context;
  const { params, melodies } = state;
  const varied = nextMelody({ params, melodies, previous, number }, { grid, random });
  const sounds = inWholeBars(varied.melody.sounds, stepsPerBar(grid));
  const pass: Pass = {
    number,
    grid,
    startMs,
    melody: { ...varied.melody, sounds },
    events: melodyOf(
      lineOf(sounds, () => 1),
      lengthOf(sounds),
    ),
    chords: [],
    bass: [],
    requestId: null,
    between: null,
  };
  const next: Morphing = { ...common(state), melodies, phase: 'morphing', pass };
  const asked = askBetween(next, context);
  const waiting = asked.state as Morphing;
  const bass = params.bassLoudness > 0 ? askBass(waiting) : { state: waiting, effects: [] };
  return {
    state: bass.state,
    effects: [
      planOf(next, Math.max(startMs, nowMs)),
      { type: 'info', message: `pass ${number}: ${varied.said}` },
      ...bass.effects,
      ...asked.effects,
      { type: 'wake', atMs: Math.max(nowMs, preparationStartMs(pass)) },
    ],
  };
}

/** When it is time for it, the next pass, or the end of the last one. */
export function goOn(state: Morphing, context: ModeContext): Step<State> {
  const { pass, params } = state;
  if (context.nowMs < preparationStartMs(pass)) return { state, effects: [] };
  if (params.passes === 0 || pass.number < params.passes) {
    const grid = nextGrid(state);
    const begun = beginPass(
      state,
      { number: pass.number + 1, grid, startMs: grid.originMs, previous: pass },
      context,
    );
    return { state: begun.state, effects: [...cancelled(pass), ...begun.effects] };
  }
  if (context.nowMs < endMs(pass)) return { state, effects: [{ type: 'wake', atMs: endMs(pass) }] };
  return {
    state: { ...common(state), phase: 'waiting' },
    effects: [...cancelled(pass), { type: 'turn', turn: 'visitor' }],
  };
}

function nextMelody(
  {
    params,
    melodies,
    previous,
    number,
  }: Pick<Morphing, 'params' | 'melodies'> & { previous: Pass | null; number: number },
  { grid, random }: { grid: Grid; random: () => number },
): { melody: KeyedMelody; said: string } {
  const { theme, before } = melodies;
  const atMost = boundOf(params);
  const told = params.strategy === 'latent' ? (previous?.between ?? null) : null;
  const options = { atMost, strengths: params, grid, random };
  if (before) {
    const share = shareOfWay(number, params);
    const found = share < 1 && told ? atShare(told, share) : null;
    const melody = found ?? between(before, theme, share);
    return {
      melody,
      said: `${percent(share)} of the way${found ? ' as the model sees it' : ''}, ${percent(relativeDistance(theme, melody))} from the new melody`,
    };
  }
  const from = params.path === 'drift' && previous ? previous.melody : theme;
  const found = told && furthestWithin(told, atMost);
  const { sounds, distance } = found
    ? { sounds: found.melody.sounds, distance: found.distance }
    : vary(from, { ...options, reference: from });
  const melody = { sounds, key: theme.key };
  const how = found ? 'by the model, ' : '';
  if (from === theme)
    return { melody, said: `${how}${percent(distance)} from the melody, at most ${percent(atMost)}` };
  const away = relativeDistance(theme, melody);
  return { melody, said: `${how}${percent(distance)} from the last pass, ${percent(away)} from the melody` };
}

const percent = (share: number) => `${Math.round(100 * share)} %`;

/** From where the pass ends, on the beat that is kept by then; in another metre from its first bar line on. */
function nextGrid({ pass, pulse, params }: Morphing): Grid {
  const grid = goingOn({ ...pass.grid, originMs: endMs(pass) }, { pulse, params, step: 0 });
  if (isIn(pass.grid, params.metre)) return grid;
  return { ...grid, originMs: barLineFrom(gridFor(pulse, params, grid.originMs), grid.originMs) };
}
