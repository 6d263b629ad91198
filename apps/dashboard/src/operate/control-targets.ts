/** What a control of a station can do, in words. */
import type { Action, ControlSource, ControlTarget } from '@antiphon/core/controls';
import type { ModeView } from '@antiphon/protocol';
import { noteName } from './note-name';
import { fieldsOf } from './schema-fields';

export const ACTION_WORDS: Record<Action, string> = {
  endCall: 'End call',
  tap: 'Tap',
  mutate: 'Mutate',
  loop: 'Loop',
  solo: 'Solo',
  mute: 'Mute',
  clear: 'Clear',
};

/** What means something in the mode, its actions first, and what every station has. */
export function controlTargets(mode: ModeView | undefined): { target: ControlTarget; words: string }[] {
  const fields = mode ? fieldsOf(mode.paramsSchema).filter(({ kind }) => kind !== 'text') : [];
  return [
    ...(mode?.actions ?? []).map((action) => ({
      target: { type: 'action', action } as const,
      words: ACTION_WORDS[action],
    })),
    ...fields.map(({ name, title }) => ({ target: { type: 'parameter', name } as const, words: title })),
    { target: { type: 'model' }, words: 'Model' },
    { target: { type: 'panic' }, words: 'Panic' },
    { target: { type: 'turn' }, words: 'Whose turn it is (light only)' },
  ];
}

export function sourceWords({ type, number }: ControlSource): string {
  return type === 'controller' ? `controller ${number}` : `key ${noteName(number)}`;
}
