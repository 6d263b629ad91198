import type { Action } from '@antiphon/core/controls';
import { Button } from '../ui/button';
import { ACTION_WORDS } from './control-targets';

const SWITCHES: readonly Action[] = ['loop', 'solo', 'mute'];

/** What can be asked of the mode while a visitor plays. */
export function ModeActions({
  actions,
  switches,
  onAction,
}: {
  actions: readonly Action[];
  /** Those that are on. */
  switches: readonly Action[];
  onAction: (action: Action) => void;
}) {
  if (actions.length === 0) return null;
  return (
    <fieldset className="flex flex-wrap gap-2">
      <legend className="sr-only">Ask of the machine</legend>
      {actions.map((action) => (
        <Button
          key={action}
          look={switches.includes(action) ? 'main' : 'plain'}
          aria-pressed={SWITCHES.includes(action) ? switches.includes(action) : undefined}
          onClick={() => onAction(action)}
        >
          {ACTION_WORDS[action]}
        </Button>
      ))}
    </fieldset>
  );
}
