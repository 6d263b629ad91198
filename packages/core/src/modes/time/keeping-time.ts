/**
 * Gives a mode a beat and a metronome. The mode is told of the beat by `pulse` events and need not know where it comes from; its plans
 * go out with the clicks that belong in them.
 */
import type { Effect, Mode, ModeContext, ModeEvent, Step, Turn } from '../mode.js';
import { type Metronome, nextTickingMs, silentMetronome, withClicks } from './metronome.js';
import { gridFor, type TimeParams } from './params.js';
import { hearTime, noTime, samePulse, type Time } from './time.js';

export interface TimedState<Inner> {
  params: TimeParams;
  inner: Inner;
  /** When the mode wants to be woken. */
  innerWakeMs: number | null;
  turn: Turn;
  time: Time;
  metronome: Metronome;
}

export function keepingTime<Params extends TimeParams, Inner>(
  mode: Mode<Params, Inner>,
): Mode<Params, TimedState<Inner>> {
  return {
    ...mode,
    actions: ['tap', ...mode.actions],
    start: (params, memory) => ({
      params,
      inner: mode.start(params, memory),
      innerWakeMs: null,
      turn: 'visitor',
      time: noTime,
      metronome: silentMetronome,
    }),
    adjust: (state, params) => ({ ...state, params, inner: mode.adjust(state.inner, params) }),
    isEndless: ({ inner }) => mode.isEndless?.(inner) ?? false,
    memory: ({ inner }) => mode.memory?.(inner) ?? null,
    step(state, event, context) {
      const { params, turn } = state;
      const { nowMs } = context;
      const time = hearTime(state.time, event, { params, turn, nowMs });
      const moved = !samePulse(time.pulse, state.time.pulse);
      const events: ModeEvent[] = moved ? [{ type: 'pulse', pulse: time.pulse, atMs: nowMs }] : [];
      if (event.type !== 'pulse' && event.type !== 'wake') events.push(event);
      const isWoken = event.type === 'wake' && state.innerWakeMs !== null && nowMs >= state.innerWakeMs;
      if (isWoken) events.push(event);
      const heard = hearAll(
        mode,
        { ...state, time, innerWakeMs: isWoken ? null : state.innerWakeMs },
        { events, context },
      );
      const grid = time.pulse && gridFor(time.pulse, params, nowMs);
      const { metronome, effects } = withClicks(state.metronome, heard.effects, {
        grid,
        moved,
        setting: params.metronome,
        nowMs,
      });
      if (moved && time.pulse) effects.push({ type: 'beat', pulse: time.pulse });
      const wakeMs = earlier(heard.state.innerWakeMs, nextTickingMs(metronome, params.metronome));
      if (wakeMs !== null) effects.push({ type: 'wake', atMs: wakeMs });
      return { state: { ...heard.state, metronome }, effects };
    },
  };
}

/** The mode's answer to every event; its wakes are kept back. */
function hearAll<Params, Inner>(
  mode: Mode<Params, Inner>,
  before: TimedState<Inner>,
  { events, context }: { events: ModeEvent[]; context: ModeContext },
): Step<TimedState<Inner>> {
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

function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
