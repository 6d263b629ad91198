/**
 * The latent strategy: while a pass is played, a model is asked for melodies between two others, and the next pass is the one among them
 * that goes as far as it should. Where there is none, the pass is varied by rule.
 */
import {
  type KeyedMelody,
  lengthOf,
  type MelodyEvent,
  melodyOf,
  notesOfMelody,
  relativeDistance,
  soundsOfLine,
  stepsPerBar,
} from '../../music/index.js';
import type { ModeContext, ModeEvent, Step } from '../mode.js';
import { boundOf } from './bound.js';
import { type Between, preparationStartMs } from './pass.js';
import type { Morphing, State } from './state.js';
import { inWholeBars, lineOf } from './theme.js';
import { vary } from './vary.js';
import { shareOfWay } from './way.js';

/** So many melodies are asked for, at equal distances. */
const MELODIES = 7;
/** The melody at the other end goes so many times as far as a pass may. */
const FURTHER = 2;

/** The melodies among which the next pass will be chosen; nothing where it is known without them. */
export function askBetween(state: Morphing, context: ModeContext): Step<State> {
  const { pass, params } = state;
  const ends = params.strategy === 'latent' ? endsOf(state, context) : null;
  if (!ends) return { state, effects: [] };
  const bar = stepsPerBar(pass.grid);
  const length = Math.max(...ends.map(({ sounds }) => lengthOf(inWholeBars(sounds, bar))));
  const requestId = state.requests + 1;
  const between: Between = { requestId, from: ends[0], to: ends[1], length, events: [], isDone: false };
  return {
    state: { ...state, requests: requestId, pass: { ...pass, between } },
    effects: [
      {
        type: 'generate',
        requestId,
        request: {
          role: 'latent',
          prompt: ends.flatMap(({ sounds }) =>
            melodyOf(
              lineOf(sounds, () => 1),
              length,
            ),
          ),
          steps: MELODIES * length,
          stepsPerBar: bar,
          temperature: 0,
          allowedPitches: null,
          deadlineMs: preparationStartMs(pass),
        },
      },
    ],
  };
}

function endsOf(
  { params, melodies, pass }: Morphing,
  { random }: ModeContext,
): [KeyedMelody, KeyedMelody] | null {
  const { theme, before } = melodies;
  const number = pass.number + 1;
  if (params.passes > 0 && number > params.passes) return null;
  if (before) return shareOfWay(number, params) < 1 ? [before, theme] : null;
  const from = params.path === 'drift' ? pass.melody : theme;
  const { sounds, distance } = vary(from, {
    reference: from,
    atMost: FURTHER * boundOf(params),
    strengths: params,
    grid: pass.grid,
    random,
  });
  return distance > 0 ? [from, { sounds, key: theme.key }] : null;
}

export function takeBetween(
  state: Morphing,
  between: Between,
  { steps, done }: ModeEvent & { type: 'generated' },
): Step<State> {
  const events = [...between.events, ...steps.map(({ event }) => event)];
  const pass = { ...state.pass, between: { ...between, events, isDone: done } };
  return {
    state: { ...state, pass, isModelLost: state.isModelLost && !done },
    effects: state.isModelLost && done ? [{ type: 'recovered' }] : [],
  };
}

/** Said once, until a model answers again. */
export function withoutBetween(state: Morphing, reason: string): Step<State> {
  const message = `no melodies between two could be generated (${reason}); passes are varied by rule`;
  return {
    state: { ...state, pass: { ...state.pass, between: null }, isModelLost: true },
    effects: state.isModelLost ? [] : [{ type: 'notice', message, lasts: true }],
  };
}

/** The melody at a share of the way from the one to the other; null where it cannot be told. */
export function atShare(between: Between, share: number): KeyedMelody | null {
  const wanted = share * (MELODIES + 1) - 1;
  const away = (i: number) => Math.abs(i - wanted);
  const [nearest] = melodiesOf(between)
    .filter(({ melody }) => isHeard(melody))
    .sort((a, b) => away(a.i) - away(b.i));
  return nearest?.melody ?? null;
}

/** The one that goes furthest from the first without going further than it may; null where all do, or where it cannot be told. */
export function furthestWithin(
  between: Between,
  atMost: number,
): { melody: KeyedMelody; distance: number } | null {
  const within = melodiesOf(between)
    .filter(({ melody }) => isHeard(melody))
    .map(({ melody }) => ({ melody, distance: relativeDistance(between.from, melody) }))
    .filter(({ distance }) => distance > 0 && distance <= atMost);
  return within.sort((a, b) => b.distance - a.distance)[0] ?? null;
}

function melodiesOf({ events, length, isDone, from, to }: Between): { i: number; melody: KeyedMelody }[] {
  if (!isDone || events.length < MELODIES * length) return [];
  return Array.from({ length: MELODIES }, (_, i) => {
    const { key } = 2 * (i + 1) <= MELODIES ? from : to;
    return { i, melody: { sounds: soundsOf(events.slice(i * length, (i + 1) * length)), key } };
  });
}

function soundsOf(events: readonly MelodyEvent[]) {
  return inWholeBars(soundsOfLine(notesOfMelody(events, 0, 1), 0), events.length);
}

const isHeard = ({ sounds }: KeyedMelody) => sounds.some(({ pitch }) => pitch !== null);
