/** Call and response played in virtual time, for its tests. */
import { HOLD, type MelodyEvent } from '../../music/index.js';
import type { Action } from '../action.js';
import { beginMode } from '../index.js';
import type { Effect } from '../mode.js';
import { heard, key, type Performance, perform, type Scene, type TimedEvent } from '../virtual-time.js';

/** One bar at 120 BPM: its bar lines are at 1000, 3000, 5000 and so on. */
export const call = [...key(60, 1000, 1200), ...key(64, 1500, 1700), ...key(67, 2000, 2400)];
export const press = (action: Action, atMs: number): TimedEvent[] => [{ type: 'action', action, atMs }];
export const UNTIL_MS = 40_000;

export const play = (
  params: Record<string, unknown>,
  events: TimedEvent[],
  options: Partial<Performance> = {},
) =>
  perform(() => beginMode('call-and-response', { tempo: 'fixed', ...params }), events, {
    seed: 4,
    generationMs: 30,
    untilMs: UNTIL_MS,
    ...options,
  });
export type Of<Type extends Effect['type']> = Extract<Effect, { type: Type }> & { atMs: number };
export const all = <Type extends Effect['type']>(scene: Scene, type: Type): Of<Type>[] =>
  scene.effects.flatMap(({ atMs, effect }) =>
    effect.type === type ? [{ ...effect, atMs } as Of<Type>] : [],
  );
export const requests = (scene: Scene) => all(scene, 'generate').map(({ request }) => request);
export const notices = (scene: Scene) => all(scene, 'notice').map(({ message }) => message);
export const onsets = (scene: Scene) =>
  heard(scene, UNTIL_MS).flatMap((action) =>
    action.type === 'noteOn' && action.voice === 'melody' ? [action.atMs] : [],
  );
export const between = (times: number[], fromMs: number, untilMs: number) =>
  times.filter((time) => time >= fromMs && time < untilMs);
/** A note on each beat. */
export const beats =
  (pitch = 62) =>
  ({ steps }: { steps: number }): MelodyEvent[] =>
    Array.from({ length: steps }, (_, step) => (step % 4 === 0 ? pitch : HOLD));
