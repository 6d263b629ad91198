/** Which of the booth's models plays in a mode. */
import { AppError } from '@antiphon/core/errors';
import type { ModelRole } from '@antiphon/core/models';
import { roleOfMode } from '@antiphon/core/modes';
import type { Engine } from '@antiphon/core/runtime';

/** Throws AppError `unknownModel`, or `wrongModel` for one that is good for something else. `present` stays where none is wanted. */
export function chooseModel(
  engine: Engine,
  { mode, wanted, present }: { mode: string; wanted: string | undefined; present: string },
): string {
  const role = roleOfMode(mode);
  const model = engine.models().find(({ id }) => id === (wanted ?? present));
  if (wanted !== undefined && !model)
    throw new AppError('unknownModel', `model: there is no model "${wanted}"`);
  if (model && (role === null || model.role === role)) return model.id;
  if (wanted !== undefined)
    throw new AppError(
      'wrongModel',
      `model: "${wanted}" is a model for ${model?.role}; ${mode} needs one for ${role}`,
    );
  return standardModel(engine, role ?? 'melody');
}

/** The one that is named after its role, or else any that plays it. Throws AppError `noModel`. */
export function standardModel(engine: Engine, role: ModelRole): string {
  const playing = modelsOf(engine, role);
  const model = playing.find((id) => id === role) ?? playing[0];
  if (!model) throw new AppError('noModel', `this booth has no model for ${role}`);
  return model;
}

/** All that play a role; every model there is where none is needed. */
export function modelsOf(engine: Engine, role: ModelRole | null): string[] {
  return engine
    .models()
    .filter((model) => role === null || model.role === role)
    .map(({ id }) => id);
}
