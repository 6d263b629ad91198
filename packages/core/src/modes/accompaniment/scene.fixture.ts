/** An accompaniment played in virtual time, for its tests. */
import { keyOf, symbolOf, type VoicedNote } from '../../music/index.js';
import { createRandom } from '../../random.js';
import { advance, emptyPlan, idleScheduler, type Plan, revisePlan, takePlan } from '../../timing/index.js';
import type { GeneratedStep, ModeGenerationRequest } from '../mode.js';
import { beginMode } from '../run.js';
import { accompany, key, type Performance, perform, type Scene, type TimedEvent } from '../virtual-time.js';

export type ScriptedModel = (request: ModeGenerationRequest) => GeneratedStep[] | Error;

export const BEAT_MS = 500;
export const START_MS = 1000;
export const C_MAJOR = [60, 62, 64, 65, 67, 69, 71, 72];

/** One note a beat, each held for most of it. */
export function steady(
  pitches: readonly number[],
  { beatMs = BEAT_MS, velocity = 100, startMs = START_MS } = {},
) {
  return pitches.flatMap((pitch, i) =>
    key(pitch, startMs + i * beatMs, startMs + (i + 0.9) * beatMs, velocity),
  );
}

export const scale = (notes: number, up = 0) =>
  Array.from({ length: notes }, (_, i) => (C_MAJOR[i % C_MAJOR.length] as number) + up);

export const randomModel = (seed: number): ScriptedModel => {
  const random = createRandom(seed);
  return (request) => accompany(request, random.next);
};

/** The tonic of what was played of late, struck anew in every beat of the bass. */
const tonicModel: ScriptedModel = ({ prompt, steps, chords = [], bass = [] }) => {
  const latest = prompt.filter((event) => event >= 0).slice(-8);
  const { tonic } = keyOf(latest.map((pitch) => ({ pitch, weight: 1 })));
  return Array.from({ length: steps }, (_, i) => ({
    event: -2,
    chord: chords[prompt.length + i] ?? symbolOf(tonic, [0, 4, 7]),
    bass: bass[prompt.length + i] ?? ((prompt.length + i) % 8 === 0 ? 36 + tonic : -2),
  }));
};

export function play(
  params: Record<string, unknown>,
  events: TimedEvent[],
  options: Partial<Performance> = {},
) {
  return perform(() => beginMode('accompaniment', { tempo: 'fixed', ...params }), events, {
    seed: 1,
    generationMs: 30,
    untilMs: 200_000,
    model: tonicModel,
    ...options,
  });
}

/** The plan in force after each revision. */
export function plansOf({ effects }: Scene): { atMs: number; plan: Plan }[] {
  const plans: { atMs: number; plan: Plan }[] = [];
  let plan = emptyPlan;
  for (const { atMs, effect } of effects) {
    if (effect.type !== 'plan') continue;
    const { fromMs, notes } = effect;
    plan = revisePlan(plan, { revision: plan.revision + 1, fromMs, commitUntilMs: atMs, notes });
    plans.push({ atMs, plan });
  }
  return plans;
}

export const heard = (scene: Scene): VoicedNote[] => plansOf(scene).at(-1)?.plan.notes ?? [];

/** What a station plays whose messages arrive when `arrivalMs` says. */
export function playedAtStation(
  { effects }: Scene,
  arrivalMs: (atMs: number) => number,
  untilMs: number,
): VoicedNote[] {
  const arriving = effects.flatMap(({ atMs, effect }) =>
    effect.type === 'plan' ? [{ atMs, arrivesMs: arrivalMs(atMs), effect }] : [],
  );
  let scheduler = idleScheduler;
  const played: VoicedNote[] = [];
  for (let nowMs = 0; nowMs < untilMs; nowMs += 5) {
    const later = arriving.findIndex(({ arrivesMs }) => arrivesMs > nowMs);
    for (const { atMs, effect } of arriving.splice(0, later < 0 ? arriving.length : later)) {
      const { fromMs, notes } = effect;
      const revision = scheduler.plan.revision + 1;
      scheduler = takePlan(scheduler, { revision, fromMs, commitUntilMs: atMs, notes });
    }
    const { state, actions } = advance(scheduler, nowMs);
    scheduler = state;
    for (const { type, voice, pitch, atMs } of actions) {
      const sounding = played.findLast((note) => note.voice === voice && note.pitch === pitch);
      if (type === 'noteOn') played.push({ voice, pitch, velocity: 1, onsetMs: nowMs, durationMs: 0 });
      else if (sounding) sounding.durationMs = Math.max(0, atMs - sounding.onsetMs);
    }
  }
  return played;
}

export const chordNotes = (notes: VoicedNote[]) => notes.filter(({ voice }) => voice === 'chords');
export const requestsOf = ({ effects }: Scene) =>
  effects.flatMap(({ atMs, effect }) => (effect.type === 'generate' ? [{ atMs, ...effect.request }] : []));

/** The stretches in which no chord sounds, between the first and the last. */
export function gaps(notes: VoicedNote[]): number[] {
  const found: number[] = [];
  let untilMs: number | null = null;
  for (const { onsetMs, durationMs } of notes) {
    if (untilMs !== null && onsetMs > untilMs + 20) found.push(onsetMs - untilMs);
    untilMs = Math.max(untilMs ?? 0, onsetMs + durationMs);
  }
  return found;
}
