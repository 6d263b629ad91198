/** Lets the machine be muted in any mode: it goes on without being heard, and is heard again where it is by then. */
import type { VoicedNote } from '../music/index.js';
import { Action } from './action.js';
import type { Effect, Mode, Step } from './mode.js';

export interface MutedState<Inner> {
  inner: Inner;
  isMuted: boolean;
  /** What the mode has planned, as far as it lies ahead. */
  notes: VoicedNote[];
}

export function muting<Params, Inner>(mode: Mode<Params, Inner>): Mode<Params, MutedState<Inner>> {
  return {
    ...mode,
    actions: Action.options.filter((action) => action === 'mute' || mode.actions.includes(action)),
    start: (params, memory) => ({ inner: mode.start(params, memory), isMuted: false, notes: [] }),
    adjust: (state, params) => ({ ...state, inner: mode.adjust(state.inner, params) }),
    memory: ({ inner }) => mode.memory?.(inner) ?? null,
    isEndless: ({ inner }) => mode.isEndless?.(inner) ?? false,
    step(before, event, context) {
      const state = { ...before, notes: before.notes.filter(({ onsetMs }) => onsetMs >= context.nowMs) };
      if (event.type === 'action' && event.action === 'mute') return turned(state, context.nowMs);
      const { state: inner, effects } = mode.step(state.inner, event, context);
      return {
        state: { ...state, inner, notes: effects.reduce(revised, state.notes) },
        effects: state.isMuted ? effects.filter(({ type }) => type !== 'plan') : effects,
      };
    },
  };
}

function turned<Inner>(state: MutedState<Inner>, fromMs: number): Step<MutedState<Inner>> {
  const isMuted = !state.isMuted;
  return {
    state: { ...state, isMuted },
    effects: [
      isMuted
        ? { type: 'plan', fromMs, notes: [], why: 'the machine is muted' }
        : { type: 'plan', fromMs, notes: state.notes, why: 'the machine is heard again' },
      { type: 'switch', action: 'mute', on: isMuted },
    ],
  };
}

function revised(notes: VoicedNote[], effect: Effect): VoicedNote[] {
  if (effect.type !== 'plan') return notes;
  return [...notes.filter(({ onsetMs }) => onsetMs < effect.fromMs), ...effect.notes];
}
