import { type ControlMap, type ControlTarget, sameTarget } from '@antiphon/core/controls';
import type { ModeView, StationView } from '@antiphon/protocol';
import { Button } from '../ui/button';
import { controlTargets, sourceWords } from './control-targets';

/** Which knob, fader, pad or key of the station does what; each is learned by moving it. */
export function ControlsPanel({
  station,
  mode,
  onLearn,
  onChange,
}: {
  station: StationView;
  mode: ModeView | undefined;
  onLearn: (target: ControlTarget | null) => void;
  onChange: (controls: ControlMap) => void;
}) {
  const { controls, learning, assignment } = station;
  return (
    <section aria-label="Controls" className="space-y-4">
      <p className="text-quiet text-sm">
        Press “Learn”, then move a knob, a fader, a pad or a key of the station: from then on it does this and
        nothing else.
      </p>
      <div className="grid gap-x-8 gap-y-6 lg:grid-cols-3">
        {controlTargets(mode, assignment).map(({ title, targets }) => (
          <section key={title} aria-label={title}>
            <h3 className="mb-1 text-quiet text-xs">{title}</h3>
            <ul className="divide-y divide-line/60 border-line/60 border-t">
              {targets.map(({ target, words }) => {
                const bound = controls.find((binding) => sameTarget(binding.target, target));
                return (
                  <TargetRow
                    key={words}
                    words={words}
                    source={bound ? sourceWords(bound.source) : null}
                    learning={learning !== null && sameTarget(learning, target)}
                    onLearn={(on) => onLearn(on ? target : null)}
                    onForget={() => onChange(controls.filter((binding) => binding !== bound))}
                  />
                );
              })}
            </ul>
          </section>
        ))}
      </div>
    </section>
  );
}

function TargetRow({
  words,
  source,
  learning,
  onLearn,
  onForget,
}: {
  words: string;
  /** The control that does it; null where none does. */
  source: string | null;
  learning: boolean;
  onLearn: (on: boolean) => void;
  onForget: () => void;
}) {
  return (
    <li className="flex min-h-12 items-center justify-between gap-3 py-1 text-sm">
      <span className="min-w-0">
        <span className="block">{words}</span>
        {source && <span className="block text-machine text-xs">{source}</span>}
      </span>
      <span className="flex shrink-0 gap-2">
        {source && (
          <Button aria-label={`Forget the control for ${words}`} onClick={onForget}>
            Forget
          </Button>
        )}
        <Button
          look={learning ? 'main' : 'plain'}
          aria-pressed={learning}
          aria-label={`Learn a control for ${words}`}
          onClick={() => onLearn(!learning)}
        >
          {learning ? 'Move it now' : 'Learn'}
        </Button>
      </span>
    </li>
  );
}
