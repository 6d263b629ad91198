/** What can be asked of the machine, in words: the same for visitors and operators. */
import type { Action } from '@antiphon/core/controls';

export const ACTION_WORDS: Record<Action, { title: string; hint: string }> = {
  endCall: { title: 'End call', hint: 'The call is over: answer now' },
  tap: { title: 'Tap', hint: 'Tap the tempo, a few times' },
  mutate: { title: 'Mutate', hint: 'Play the last answer again, changed' },
  loop: { title: 'Loop', hint: 'Play the last answer again and again' },
  solo: { title: 'Solo', hint: 'Go on alone, without listening' },
  mute: { title: 'Mute', hint: 'Go on without being heard' },
  clear: { title: 'Clear', hint: 'Forget all that was played, and begin again' },
};

/** Those that go on and off. */
const SWITCHES: readonly Action[] = ['loop', 'solo', 'mute'];

/** Whether an action is on; undefined for one that is done once. */
export function pressedOf(action: Action, switches: readonly Action[]): boolean | undefined {
  return SWITCHES.includes(action) ? switches.includes(action) : undefined;
}
