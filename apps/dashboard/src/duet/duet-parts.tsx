'use client';
import type { Duet } from '@antiphon/protocol';
import { fieldsOf, wordsOf } from '../operate/schema-fields';
import { useModes } from '../operate/use-modes';
import { duration } from './duration';

/** Which mode ran from when, with what. */
export function DuetParts({ parts }: { parts: Duet['parts'] }) {
  const modes = useModes();
  return (
    <section className="space-y-3">
      <h2 className="font-display text-2xl">Modes</h2>
      {parts.map((part) => {
        const mode = modes.find(({ id }) => id === part.mode);
        const titles = new Map(mode && fieldsOf(mode.paramsSchema).map(({ name, title }) => [name, title]));
        return (
          <article key={part.atMs} className="rounded-2xl border border-line bg-panel p-5">
            <h3 className="flex flex-wrap gap-x-4">
              <span className="text-quiet tabular-nums">{duration(part.atMs)}</span>
              <span className="font-semibold">{mode?.title ?? part.mode}</span>
              <span className="text-quiet">{part.model ? `model ${part.model}` : 'no model'}</span>
            </h3>
            <dl className="mt-3 flex flex-wrap gap-x-8 gap-y-2 text-sm">
              {Object.entries(part.params).map(([name, value]) => (
                <div key={name} className="flex gap-2">
                  <dt className="text-quiet">{titles.get(name) ?? name}</dt>
                  <dd>{typeof value === 'boolean' ? (value ? 'yes' : 'no') : wordsOf(String(value))}</dd>
                </div>
              ))}
            </dl>
          </article>
        );
      })}
    </section>
  );
}
