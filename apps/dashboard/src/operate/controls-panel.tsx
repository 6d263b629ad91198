import {
  type ControlBinding,
  type ControlMap,
  type ControlTarget,
  sameTarget,
} from '@antiphon/core/controls';
import type { ModeView, StationView } from '@antiphon/protocol';
import { Button } from '../ui/button';
import { bindingsElsewhere, controlTargets, sourceWords } from './control-targets';

/** Which knob, fader, pad or key of the station does what; each is learned by moving it. */
export function ControlsPanel({
  station,
  modes,
  onLearn,
  onChange,
}: {
  station: StationView;
  modes: ModeView[];
  onLearn: (target: ControlTarget | null) => void;
  onChange: (controls: ControlMap) => void;
}) {
  const { controls, learning, assignment } = station;
  const mode = modes.find(({ id }) => id === assignment.mode);
  const groups = controlTargets(mode, assignment);
  const elsewhere = bindingsElsewhere(controls, groups, modes);
  const forget = (bound: ControlBinding | undefined) =>
    onChange(controls.filter((binding) => binding !== bound));
  return (
    <section aria-label="Controls" className="space-y-4">
      <p className="text-quiet text-sm">
        Press “Learn”, then move a knob, a fader, a pad or a key of the station: from then on it does this and
        nothing else.
      </p>
      <div className="grid gap-x-8 gap-y-6 lg:grid-cols-3">
        {groups.map(({ title, targets }) => (
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
                    learning={{
                      on: learning !== null && sameTarget(learning, target),
                      onChange: (on) => onLearn(on ? target : null),
                    }}
                    onForget={() => forget(bound)}
                  />
                );
              })}
            </ul>
          </section>
        ))}
        {elsewhere.length > 0 && (
          <section aria-label="Learned, without use in this mode">
            <h3 className="mb-1 text-quiet text-xs">Learned, without use in this mode</h3>
            <ul className="divide-y divide-line/60 border-line/60 border-t">
              {elsewhere.map(({ binding, words }) => (
                <TargetRow
                  key={sourceWords(binding.source)}
                  words={words}
                  source={sourceWords(binding.source)}
                  onForget={() => forget(binding)}
                />
              ))}
            </ul>
          </section>
        )}
      </div>
    </section>
  );
}

function TargetRow({
  words,
  source,
  learning = null,
  onForget,
}: {
  words: string;
  /** The control that does it; null where none does. */
  source: string | null;
  /** Null where it cannot be learned now. */
  learning?: { on: boolean; onChange: (on: boolean) => void } | null;
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
        {learning && (
          <Button
            look={learning.on ? 'main' : 'plain'}
            aria-pressed={learning.on}
            aria-label={`Learn a control for ${words}`}
            onClick={() => learning.onChange(!learning.on)}
          >
            {learning.on ? 'Move it now' : 'Learn'}
          </Button>
        )}
      </span>
    </li>
  );
}
