'use client';
import type { Action } from '@antiphon/core/controls';
import type { ActionOffer } from '@antiphon/protocol';
import { ActionIcon } from '../actions/action-icon';
import { ACTION_WORDS, pressedOf } from '../actions/action-words';

/** What the visitor may ask of the machine. Its place is kept while there is nothing to ask, so that the roll does not jump. */
export function StageActions({
  offer: { actions, switches },
  onAction,
}: {
  offer: ActionOffer;
  onAction: (action: Action) => void;
}) {
  return (
    <fieldset className="flex min-h-15 items-start justify-center gap-1.5 px-2 sm:gap-2 short:pointer-events-none short:absolute short:inset-x-0 short:bottom-1.5 short:min-h-0">
      <legend className="sr-only">Ask the machine</legend>
      {actions.map((action) => {
        const { title, hint } = ACTION_WORDS[action];
        return (
          <button
            key={action}
            type="button"
            title={hint}
            aria-pressed={pressedOf(action, switches)}
            onClick={() => onAction(action)}
            className="arriving flex min-h-12 min-w-12 flex-1 touch-manipulation flex-col items-center justify-center gap-0.5 rounded-xl border border-line bg-raised px-1 text-[0.6875rem] text-ink/85 transition hover:border-quiet hover:text-ink active:scale-95 aria-pressed:border-machine aria-pressed:bg-machine aria-pressed:font-semibold aria-pressed:text-stage sm:flex-none sm:flex-row sm:gap-2 sm:rounded-full sm:px-4 sm:text-sm short:pointer-events-auto short:min-h-10 short:flex-none short:flex-col short:gap-0 short:rounded-xl short:px-1.5 short:text-[0.625rem]"
          >
            <ActionIcon action={action} />
            {title}
          </button>
        );
      })}
    </fieldset>
  );
}
