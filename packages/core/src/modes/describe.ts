/** What operators are told of each mode; the dashboard draws its form from the schema. */
import { z } from 'zod';
import type { ModelRole } from '../models/model.js';
import type { Action } from './action.js';
import { type ModeId, modes } from './registry.js';

export interface ModeDescription {
  id: ModeId;
  title: string;
  description: string;
  role: ModelRole | null;
  actions: Action[];
  /** JSON Schema, draft 2020-12 */
  paramsSchema: Record<string, unknown>;
  defaults: Record<string, unknown>;
}

export function describeModes(): ModeDescription[] {
  return Object.entries(modes).map(([id, { title, description, role, actions, params }]) => ({
    id: id as ModeId,
    title,
    description,
    role,
    actions: [...actions],
    paramsSchema: z.toJSONSchema(params, { io: 'input' }) as Record<string, unknown>,
    defaults: params.parse({}),
  }));
}
