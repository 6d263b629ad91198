/**
 * Gives a mode a beat and a metronome. The mode is told of the beat by `pulse` events and need not know where it comes from; its plans
 * go out with the clicks that belong in them.
 */
import { TOLD_EARLY_MS } from '../../timing/pulse.js';
import type { Effect, Mode, ModeContext, ModeEvent, Step, Turn } from '../mode.js';
import { type Metronome, nextTickingMs, silentMetronome, withClicks } from './metronome.js';
import { gridFor, type TimeParams } from './params.js';
import { hearTime, samePulse, startTime, type Time } from './time.js';

export interface TimedState<Params extends TimeParams, Inner> {
  /** As they are set; another metre begins on a bar line. */
  params: Params;
  inner: Inner;
  /** When the mode wants to be woken. */
  innerWakeMs: number | null;
  turn: Turn;
  time: Time;
  metronome: Metronome;
}

export function keepingTime<Params extends TimeParams, Inner>(
  mode: Mode<Params, Inner>,
): Mode<Params, TimedState<Params, Inner>> {
  return {
    ...mode,
    actions: ['tap', ...mode.actions],
    start: (params, memory) => ({
      params,
      inner: mode.start(params, memory),
      innerWakeMs: null,
      turn: 'visitor',
      time: startTime(params.metre),
      metronome: silentMetronome,
    }),
    adjust: (state, params) => ({
      ...state,
      params,
      inner: mode.adjust(state.inner, { ...params, metre: state.time.metre }),
    }),
    isEndless: ({ inner }) => mode.isEndless?.(inner) ?? false,
    memory: ({ inner }) => mode.memory?.(inner) ?? null,
    step(state, event, context) {
      const { turn } = state;
      const { nowMs } = context;
      const { countInMs } = state.metronome;
      const time = hearTime(state.time, event, { params: state.params, turn, countInMs, nowMs });
      const params = { ...state.params, metre: time.metre };
      const isMetreNew = time.metre !== state.time.metre;
      const isPulseNew = !samePulse(time.pulse, state.time.pulse);
      const events: ModeEvent[] = isPulseNew ? [{ type: 'pulse', pulse: time.pulse, atMs: nowMs }] : [];
      if (event.type !== 'pulse' && event.type !== 'wake') events.push(event);
      const isWoken = event.type === 'wake' && state.innerWakeMs !== null && nowMs >= state.innerWakeMs;
      if (isWoken) events.push(event);
      const heard = hearAll(
        mode,
        {
          ...state,
          time,
          inner: isMetreNew ? mode.adjust(state.inner, params) : state.inner,
          innerWakeMs: isWoken ? null : state.innerWakeMs,
        },
        { events, context },
      );
      const hasBegun = time.onsets.length > 0;
      const grid = hasBegun && time.pulse ? gridFor(time.pulse, params, nowMs) : null;
      const { metronome, effects } = withClicks(state.metronome, heard.effects, {
        grid,
        moved: isPulseNew || isMetreNew,
        setting: params.metronome,
        nowMs,
      });
      if (isPulseNew && time.pulse) effects.push({ type: 'beat', pulse: time.pulse });
      const tickingMs = nextTickingMs(metronome, params.metronome);
      const wakes = [
        heard.state.innerWakeMs,
        tickingMs,
        time.metreMs,
        time.next && time.next.originMs - TOLD_EARLY_MS,
      ];
      const wakeMs = Math.min(...wakes.map((atMs) => atMs ?? Infinity));
      if (wakeMs < Infinity) effects.push({ type: 'wake', atMs: wakeMs });
      return { state: { ...heard.state, metronome }, effects };
    },
  };
}

/** The mode's answer to every event; its wakes are kept back. */
function hearAll<Params extends TimeParams, Inner>(
  mode: Mode<Params, Inner>,
  before: TimedState<Params, Inner>,
  { events, context }: { events: ModeEvent[]; context: ModeContext },
): Step<TimedState<Params, Inner>> {
  let state = before;
  const effects: Effect[] = [];
  for (const event of events) {
    const stepped = mode.step(state.inner, event, context);
    state = { ...state, inner: stepped.state };
    for (const effect of stepped.effects) {
      if (effect.type === 'wake') state = { ...state, innerWakeMs: effect.atMs };
      else effects.push(effect);
      if (effect.type === 'turn') state = { ...state, turn: effect.turn };
    }
  }
  return { state, effects };
}
