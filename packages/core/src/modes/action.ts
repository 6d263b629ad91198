/** What can be asked of a mode while it plays. A mode passes over those that mean nothing to it. */
import { z } from 'zod';

export const Action = z.enum([
  /** The call is over now, whatever the clock says. */
  'endCall',
  /** One tap of the tempo; a row of taps sets it. */
  'tap',
  /** The last answer becomes the seed of a new one. */
  'mutate',
  /** On and off: the last answer comes again and again. */
  'loop',
  /** On and off: the machine stops listening and goes on by itself. */
  'solo',
  /** On and off: the machine is not heard, but goes on. */
  'mute',
  /** Everything that was played and planned is forgotten. */
  'clear',
]);
export type Action = z.infer<typeof Action>;

/** Those of a mode's actions that do something with these parameters: a tap does only where the tempo is tapped. */
export function actionsWith(params: Readonly<Record<string, unknown>>, actions: readonly Action[]): Action[] {
  return actions.filter((action) => action !== 'tap' || params.tempo === 'tapped');
}

/** Those of them that do something before anybody plays. */
export function actionsBefore(
  params: Readonly<Record<string, unknown>>,
  actions: readonly Action[],
): Action[] {
  return actionsWith(params, actions).filter((action) => action === 'tap');
}
