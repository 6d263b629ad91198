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
  const { controls, learning } = station;
  return (
    <section aria-label="Controls" className="space-y-2">
      <p className="text-quiet text-xs">
        Press “Learn”, then move a knob, a fader, a pad or a key of the station: from then on it does this and
        nothing else.
      </p>
      <ul className="divide-y divide-line/60">
        {controlTargets(mode).map(({ target, words }) => {
          const bound = controls.find((binding) => sameTarget(binding.target, target));
          const isLearning = learning !== null && sameTarget(learning, target);
          return (
            <li key={words} className="flex min-h-12 items-center justify-between gap-3 py-1 text-sm">
              <span>
                {words}
                {bound && <span className="ml-2 text-quiet text-xs">{sourceWords(bound.source)}</span>}
              </span>
              <span className="flex gap-2">
                {bound && (
                  <Button
                    aria-label={`Forget the control for ${words}`}
                    onClick={() => onChange(controls.filter((binding) => binding !== bound))}
                  >
                    Forget
                  </Button>
                )}
                <Button
                  look={isLearning ? 'main' : 'plain'}
                  aria-pressed={isLearning}
                  aria-label={`Learn a control for ${words}`}
                  onClick={() => onLearn(isLearning ? null : target)}
                >
                  {isLearning ? 'Move it now' : 'Learn'}
                </Button>
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
