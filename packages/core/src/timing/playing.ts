/** What a station plays of what it is told: every plan and every panic of a session, at once instead of in time. */
import type { Plan } from './plan.js';
import { advance, idleScheduler, type PlayerAction, silence, takePlan } from './scheduler.js';

export type StationOrder =
  /** Made at its `commitUntilMs`. */
  { type: 'plan'; plan: Plan } | { type: 'panic'; atMs: number };

/** Orders in the order of time; what the last leaves planned is played to its end. */
export function playOrders(orders: readonly StationOrder[]): PlayerAction[] {
  let scheduler = idleScheduler;
  const actions: PlayerAction[] = [];
  const playUntil = (untilMs: number) => {
    for (let atMs: number | null = Number.NEGATIVE_INFINITY; atMs !== null && atMs < untilMs; ) {
      const advanced = advance(scheduler, atMs);
      scheduler = advanced.state;
      actions.push(...advanced.actions);
      atMs = advanced.nextMs;
    }
  };
  for (const order of orders) {
    playUntil(order.type === 'plan' ? order.plan.commitUntilMs : order.atMs);
    if (order.type === 'plan') {
      scheduler = takePlan(scheduler, order.plan);
      continue;
    }
    const silenced = silence(scheduler, order.atMs);
    scheduler = silenced.state;
    actions.push(...silenced.actions);
  }
  playUntil(Number.POSITIVE_INFINITY);
  return actions;
}
