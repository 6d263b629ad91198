/** Runs a mode whatever its types: the one place where they are erased. */
import { AppError } from '../app-error.js';
import type { ModelRole } from '../models/model.js';
import type { Effect, Mode, ModeContext, ModeEvent } from './mode.js';
import { type ModeId, modes } from './registry.js';

export interface RunningMode {
  readonly id: ModeId;
  /** Plain JSON; `resumeMode` goes on from it. */
  readonly state: unknown;
  readonly role: ModelRole | null;
  /** Whether it plays on for ever where nobody plays or asks for anything. */
  readonly isEndless: boolean;
  /** What it hands on to the next session at the station; null for nothing. */
  readonly memory: unknown;
  step(event: ModeEvent, context: ModeContext): Effect[];
  /** Other parameters from now on. Throws as `beginMode` does; then the old ones stay. */
  adjust(params: unknown): void;
}

/** With what it handed on before. Throws AppError `unknownMode`, or `badParams` that names each wrong parameter. */
export function beginMode(id: string, params: unknown, memory: unknown = null): RunningMode {
  const { mode, modeId } = find(id);
  return run(modeId, mode.start(parse(mode, params), memory));
}

/** Goes on from a state that was kept: tests stop and resume modes between any two events. */
export function resumeMode(id: string, state: unknown): RunningMode {
  return run(find(id).modeId, state);
}

/** What the mode's model has to be good for; null where it needs none. Throws AppError `unknownMode`. */
export function roleOfMode(id: string): ModelRole | null {
  return find(id).mode.role;
}

/** Parameters with every default filled in. Throws as `beginMode` does. */
export function completeParams(id: string, params: unknown): Record<string, unknown> {
  return parse(find(id).mode, params);
}

type AnyMode = Mode<Record<string, unknown>, unknown>;

function find(id: string): { mode: AnyMode; modeId: ModeId } {
  if (!Object.hasOwn(modes, id))
    throw new AppError('unknownMode', `there is no mode "${id}"; there are ${Object.keys(modes).join(', ')}`);
  return { mode: modes[id as ModeId] as unknown as AnyMode, modeId: id as ModeId };
}

function parse(mode: AnyMode, params: unknown): Record<string, unknown> {
  const parsed = mode.params.safeParse(params);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'params'}: ${message}`);
  throw new AppError('badParams', faults.join('; '));
}

function run(id: ModeId, begun: unknown): RunningMode {
  const { mode } = find(id);
  let state = begun;
  return {
    id,
    get state() {
      return state;
    },
    role: mode.role,
    get isEndless() {
      return mode.isEndless?.(state) ?? false;
    },
    get memory() {
      return mode.memory?.(state) ?? null;
    },
    adjust(params) {
      state = mode.adjust(state, parse(mode, params));
    },
    step(event, context) {
      const stepped = mode.step(state, event, context);
      state = stepped.state;
      return stepped.effects;
    },
  };
}
