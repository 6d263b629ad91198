import type { ControlMap } from '@antiphon/core/controls';
import type { ModeView } from '@antiphon/protocol';
import { describe, expect, it } from 'vitest';
import { bindingsElsewhere, controlTargets, sourceWords } from './control-targets.js';

const mode = (id: string, title: string, actions: ModeView['actions'], ...fields: string[]): ModeView => ({
  id,
  title,
  description: '',
  role: null,
  actions,
  paramsSchema: {
    properties: Object.fromEntries(
      fields.map((name) => [name, { type: 'number', title: name.toUpperCase(), minimum: 0, maximum: 1 }]),
    ),
  },
  defaults: {},
});
const modes = [
  mode('calls', 'Calls', ['mutate', 'tap'], 'temperature'),
  mode('morphing', 'Morphing', ['clear', 'tap'], 'closeness'),
];
const controls: ControlMap = [
  { source: { type: 'controller', number: 21 }, target: { type: 'parameter', name: 'temperature' } },
  { source: { type: 'note', number: 36, channel: 9 }, target: { type: 'parameter', name: 'closeness' } },
  { source: { type: 'note', number: 37 }, target: { type: 'action', action: 'clear' } },
  { source: { type: 'note', number: 38 }, target: { type: 'action', action: 'tap' } },
  { source: { type: 'note', number: 39 }, target: { type: 'parameter', name: 'gone' } },
  { source: { type: 'note', number: 40 }, target: { type: 'panic' } },
];

describe('the controls of a station', () => {
  it('are all shown: what the mode has, and apart from it what it has not', () => {
    const groups = controlTargets(modes[0], { mode: 'calls', params: {} });
    expect(bindingsElsewhere(controls, groups, modes).map(({ words }) => words)).toEqual([
      'CLOSENESS (Morphing)',
      'Clear (Morphing)',
      'Tap (Calls, Morphing)',
      'gone',
    ]);
    const there = controlTargets(modes[1], { mode: 'morphing', params: { tempo: 'tapped' } });
    expect(bindingsElsewhere(controls, there, modes).map(({ words }) => words)).toEqual([
      'TEMPERATURE (Calls)',
      'gone',
    ]);
  });

  it('are named with the channel that they are on', () => {
    expect(controls.slice(0, 2).map(({ source }) => sourceWords(source))).toEqual([
      'controller 21',
      'key C2, channel 10',
    ]);
  });
});
