/** What the lights of a station's controls show: where their parameters stand, what is on, whose turn it is. */
import { z } from 'zod';
import type { Action } from '../modes/action.js';
import type { Turn } from '../modes/mode.js';
import { type ControlMap, ControlSource } from './control-map.js';
import { LAST_POSITION, positionOf, type Scale } from './scale.js';

/** A value for the control itself, sent back to it. */
export const Light = z.object({ source: ControlSource, value: z.number().int().min(0).max(LAST_POSITION) });
export type Light = z.infer<typeof Light>;

export interface Shown {
  turn: Turn;
  switches: ReadonlySet<Action>;
  /** Null for one that the mode does not have. */
  parameter: (name: string) => { scale: Scale; value: unknown } | null;
  model: { scale: Scale; value: unknown };
}

const TURNS = { visitor: 0, listening: 64, together: 96, machine: LAST_POSITION };

export function lightsOf(map: ControlMap, shown: Shown): Light[] {
  return map.map(({ source, target }) => {
    switch (target.type) {
      case 'action':
        return { source, value: shown.switches.has(target.action) ? LAST_POSITION : 0 };
      case 'parameter': {
        const parameter = shown.parameter(target.name);
        return { source, value: parameter ? positionOf(parameter.scale, parameter.value) : 0 };
      }
      case 'model':
        return { source, value: positionOf(shown.model.scale, shown.model.value) };
      case 'turn':
        return { source, value: TURNS[shown.turn] };
      case 'panic':
        return { source, value: 0 };
      default:
        return target satisfies never;
    }
  });
}
