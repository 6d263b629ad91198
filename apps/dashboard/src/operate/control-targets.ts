/** What a control of a station can do, in words. */
import {
  actionsWith,
  type ControlBinding,
  type ControlMap,
  type ControlSource,
  type ControlTarget,
  sameTarget,
} from '@antiphon/core/controls';
import type { ModeAssignment, ModeView } from '@antiphon/protocol';
import { ACTION_WORDS } from '../actions/action-words';
import { noteName } from './note-name';
import { fieldsOf } from './schema-fields';

export interface TargetGroup {
  title: string;
  targets: { target: ControlTarget; words: string }[];
}

/** What means something in the mode as it is assigned, and what every station has. */
export function controlTargets(mode: ModeView | undefined, { params }: ModeAssignment): TargetGroup[] {
  const fields = mode ? fieldsOf(mode.paramsSchema).filter(({ kind }) => kind !== 'text') : [];
  const parameters = (group: string | null) =>
    fields
      .filter((field) => field.group === group)
      .map(({ name, title }) => ({ target: { type: 'parameter', name } as const, words: title }));
  return [
    {
      title: 'Actions',
      targets: [
        ...actionsWith(params, mode?.actions ?? []).map((action) => ({
          target: { type: 'action', action } as const,
          words: ACTION_WORDS[action].title,
        })),
        { target: { type: 'panic' }, words: 'Panic' },
      ],
    },
    { title: mode?.title ?? 'Mode', targets: parameters(null) },
    {
      title: 'Model, time and turn',
      targets: [
        { target: { type: 'model' } as const, words: 'Model' },
        ...parameters('time'),
        { target: { type: 'turn' } as const, words: 'Whose turn it is (light only)' },
      ],
    },
  ].filter(({ targets }) => targets.length > 0) as TargetGroup[];
}

/** Bindings that do nothing in the mode as it is assigned, with what they do elsewhere. */
export function bindingsElsewhere(
  controls: ControlMap,
  groups: readonly TargetGroup[],
  modes: readonly ModeView[],
): { binding: ControlBinding; words: string }[] {
  const present = groups.flatMap(({ targets }) => targets);
  return controls
    .filter((binding) => !present.some(({ target }) => sameTarget(target, binding.target)))
    .map((binding) => ({ binding, words: wordsElsewhere(binding.target, modes) }));
}

/** Such as `Closeness (Morphing)`. */
function wordsElsewhere(target: ControlTarget, modes: readonly ModeView[]): string {
  const homes = modes.flatMap((mode) => {
    const field = fieldsOf(mode.paramsSchema).find(
      ({ name }) => target.type === 'parameter' && name === target.name,
    );
    const acts = target.type === 'action' && mode.actions.includes(target.action);
    const words = acts ? ACTION_WORDS[target.action].title : field?.title;
    return words ? [{ words, title: mode.title }] : [];
  });
  const name = target.type === 'parameter' ? target.name : target.type;
  return homes[0] ? `${homes[0].words} (${homes.map(({ title }) => title).join(', ')})` : name;
}

export function sourceWords({ type, number, channel }: ControlSource): string {
  const words = type === 'controller' ? `controller ${number}` : `key ${noteName(number)}`;
  return channel === undefined ? words : `${words}, channel ${channel + 1}`;
}
