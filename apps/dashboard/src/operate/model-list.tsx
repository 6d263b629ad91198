import type { ModelView } from '@antiphon/protocol';
import { AddModel } from './add-model';

/** Which model runs on what, and why. */
export function ModelList({ models }: { models: readonly ModelView[] }) {
  return (
    <section aria-label="Models" className="space-y-3 pt-4">
      <h2 className="font-display text-2xl">Models</h2>
      <dl className="divide-y divide-line rounded-2xl border border-line bg-panel text-sm">
        {models.map(({ id, title, role, runner, reason }) => (
          <div key={id} className="flex flex-wrap gap-x-6 gap-y-1 px-5 py-4">
            <dt className="w-56 font-semibold">
              {title} <span className="font-normal text-quiet">({id})</span>
            </dt>
            <dd>for {role}</dd>
            <dd>
              runs on <span className="text-machine">{runner}</span>
            </dd>
            <dd className="text-quiet">{reason}</dd>
          </div>
        ))}
      </dl>
      <AddModel />
    </section>
  );
}
