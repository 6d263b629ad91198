import type { EngineModel } from '@antiphon/core/runtime';

/** `down` when no model can be played, `degraded` when some cannot, for now or until further notice. */
export function engineHealth(models: readonly EngineModel[]) {
  const playable = models.filter(({ status }) => status === 'up').length;
  const told = models.map(({ id, status, runner, reason }) =>
    status === 'up' ? `${id} on ${runner}` : `${id} is ${status}: ${reason}`,
  );
  if (playable === 0) return { status: 'down' as const, models: told };
  return { status: playable < models.length ? ('degraded' as const) : ('up' as const), models: told };
}
