import type { ModelView } from '@antiphon/protocol';
import { useQueryClient } from '@tanstack/react-query';
import { Button } from '../ui/button';
import { useConfirm } from '../ui/confirm';
import { AddModel } from './add-model';
import { ask } from './api';

const GOOD_FOR: Record<ModelView['role'], string> = {
  melody: 'melodies',
  accompaniment: 'accompaniment',
  improv: 'improvising over chords',
  latent: 'melodies between two',
};

const STOPPED: Record<Exclude<ModelView['status'], 'up'>, string> = {
  replacing: 'stopped; another runner is started',
  down: 'stopped; no runner works, and modes play by rule',
};

/** Which model runs on what, and why; those that were brought in can be removed. */
export function ModelList({ models }: { models: readonly ModelView[] }) {
  const client = useQueryClient();
  const [confirm, dialog] = useConfirm();
  const reasons = new Set(models.map(({ reason }) => reason));
  const remove = ({ id, title }: ModelView) =>
    confirm({
      title: `Remove ${title}?`,
      consequence:
        'It is deleted from this booth. Duets that were played with it stay; to use it again it has to be brought in again.',
      action: 'Remove',
      act: async () => {
        await ask('DELETE', `models/${encodeURIComponent(id)}`);
        await client.invalidateQueries({ queryKey: ['models'] });
      },
    });
  return (
    <section aria-label="Models" className="space-y-3 pt-4">
      <h2 className="font-display text-2xl">Models</h2>
      <ul className="divide-y divide-line rounded-2xl border border-line bg-panel text-sm">
        {models.map((model) => (
          <li
            key={model.id}
            className="grid min-h-15 grid-cols-[1fr_auto] items-center gap-x-6 gap-y-1 px-5 py-3 md:grid-cols-[2fr_2fr_1fr_6rem]"
          >
            <span className="font-semibold">
              {model.title}
              {model.title !== model.id && <span className="ml-2 font-normal text-quiet">{model.id}</span>}
            </span>
            <span className="col-start-1 md:col-auto">for {GOOD_FOR[model.role]}</span>
            <span className="col-start-1 text-quiet md:col-auto">
              {model.status === 'up' ? (
                <>
                  runs on <span className="text-machine">{model.runner}</span>
                </>
              ) : (
                <span className="text-danger">{STOPPED[model.status]}</span>
              )}
              {reasons.size > 1 && <span className="block text-xs">{model.reason}</span>}
            </span>
            {model.removable && (
              <Button
                aria-label={`Remove ${model.title}`}
                className="col-start-2 row-span-3 row-start-1 justify-self-end md:col-auto md:row-auto"
                onClick={() => remove(model)}
              >
                Remove
              </Button>
            )}
          </li>
        ))}
      </ul>
      {reasons.size === 1 && <p className="px-5 text-quiet text-xs">Why: {[...reasons][0]}.</p>}
      <AddModel />
      {dialog}
    </section>
  );
}
