import type { Action } from '@antiphon/core/controls';
import { ActionIcon } from '../actions/action-icon';
import { ACTION_WORDS, pressedOf } from '../actions/action-words';
import { Button } from '../ui/button';

/** What can be asked of the machine now. */
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
    <fieldset>
      <legend className="mb-1.5 text-quiet text-xs">Ask the machine</legend>
      <div className="flex flex-wrap gap-1.5">
        {actions.map((action) => (
          <Button
            key={action}
            look={switches.includes(action) ? 'main' : 'plain'}
            aria-pressed={pressedOf(action, switches)}
            title={ACTION_WORDS[action].hint}
            onClick={() => onAction(action)}
            snug
            className="gap-1.5"
          >
            <ActionIcon action={action} />
            {ACTION_WORDS[action].title}
          </Button>
        ))}
      </div>
    </fieldset>
  );
}
