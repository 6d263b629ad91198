import { describe, expect, it } from 'vitest';
import type { KeyEvent } from '../music/index.js';
import {
  bindingOf,
  type ControlBinding,
  type ControlMap,
  isMeant,
  learn,
  lightsOf,
  PanicControl,
  type Positions,
  positionOf,
  type Scale,
  turn,
  valueAt,
} from './index.js';

const knob = { type: 'controller', number: 21 } as const;
const pad = { type: 'note', number: 36 } as const;
const cc = (value: number): KeyEvent => ({ type: 'control', controller: 21, value, atMs: 0 });
const strike = (velocity: number): KeyEvent => ({ type: 'noteOn', pitch: 36, velocity, atMs: 0 });
const letGo: KeyEvent = { type: 'noteOff', pitch: 36, atMs: 0 };

const temperature: Scale = { type: 'number', minimum: 0.1, maximum: 2 };
const tempo: Scale = { type: 'integer', minimum: 40, maximum: 240 };
const overlap: Scale = { type: 'boolean' };
const bars: Scale = { type: 'string', enum: ['auto', '1', '2', '3'] };

describe('a scale', () => {
  it.each<[string, Scale, unknown, unknown]>([
    ['a number', temperature, 0.1, 2],
    ['a whole number', tempo, 40, 240],
    ['a switch', overlap, false, true],
    ['a choice', bars, 'auto', '3'],
  ])('of %s reaches from end to end', (_name, scale, first, last) => {
    expect(valueAt(scale, 0)).toBe(first);
    expect(valueAt(scale, 127)).toBe(last);
  });

  it.each([temperature, tempo, overlap, bars])('%o: every position shows its own value', (scale) => {
    for (let position = 0; position <= 127; position++) {
      const value = valueAt(scale, position);
      expect(valueAt(scale, positionOf(scale, value))).toBe(value);
    }
  });

  it('has nothing for a text', () => {
    expect(valueAt({ type: 'string' }, 64)).toBeUndefined();
  });
});

/** The values that a row of events sets, beginning at `value`. */
function turned(
  scale: Scale,
  value: unknown,
  source: ControlBinding['source'],
  events: KeyEvent[],
): unknown[] {
  const binding: ControlBinding = { source, target: { type: 'parameter', name: 'any' } };
  let positions: Positions = {};
  let now = value;
  const set: unknown[] = [];
  for (const event of events) {
    const step = turn(positions, { binding, event, parameter: { scale, value: now } });
    positions = step.positions;
    if (step.turned?.type === 'set') {
      now = step.turned.value;
      set.push(now);
    }
  }
  return set;
}

describe('a controller', () => {
  it.each<[string, number[], number[]]>([
    ['that stands elsewhere does nothing', [10, 20, 30], []],
    ['picks up on its way up, and goes on from there', [10, 60, 90, 70], [182, 150]],
    ['picks up on its way down', [120, 100, 40, 30], [103, 87]],
    ['that stands there already is followed at once', [63, 70], [139, 150]],
  ])('%s', (_name, positions, values) => {
    expect(turned(tempo, 140, knob, positions.map(cc))).toEqual(values);
  });

  it('has to pick up again once the parameter was set elsewhere', () => {
    const binding: ControlBinding = { source: knob, target: { type: 'parameter', name: 'tempoBpm' } };
    const at = (positions: Positions, value: number, position: number) =>
      turn(positions, { binding, event: cc(position), parameter: { scale: tempo, value } });
    const held = at({ 'controller 21': 60 }, valueAt(tempo, 60) as number, 70);
    expect(held.turned).toEqual({ type: 'set', value: 150 });
    expect(at(held.positions, 60, 72).turned).toBeNull();
    expect(at(held.positions, 60, 10).turned).toEqual({ type: 'set', value: 56 });
  });

  it('turns switches and choices', () => {
    expect(turned(overlap, false, knob, [0, 127, 0].map(cc))).toEqual([true, false]);
    expect(turned(bars, 'auto', knob, [0, 40, 70, 127].map(cc))).toEqual(['1', '2', '3']);
  });

  it('is a button for an action: pressed once, however long its row of values', () => {
    const binding: ControlBinding = { source: knob, target: { type: 'action', action: 'loop' } };
    let positions: Positions = {};
    const presses = [0, 30, 64, 127, 127, 90, 0, 127].flatMap((value) => {
      const step = turn(positions, { binding, event: cc(value), parameter: null });
      positions = step.positions;
      return step.turned ? [value] : [];
    });
    expect(presses).toEqual([64, 127]);
  });
});

describe('a key', () => {
  it('goes to the next choice, turns a switch, and sets a number as hard as it is struck', () => {
    const twice = [strike(90), letGo, strike(20), letGo];
    expect(turned(bars, '2', pad, twice)).toEqual(['3', 'auto']);
    expect(turned(overlap, false, pad, twice)).toEqual([true, false]);
    expect(turned(tempo, 140, pad, twice)).toEqual([182, 71]);
  });
});

describe('a learned panic', () => {
  it.each<[string, ControlBinding['source'], KeyEvent[], boolean[]]>([
    ['key is pressed by its press alone', pad, [strike(1), letGo, cc(127)], [true, false, false]],
    [
      'button by its upper half, once',
      knob,
      [0, 127, 127, 0, 127].map(cc),
      [false, true, false, false, true],
    ],
  ])('%s', (_, source, events, pressed) => {
    const panic = new PanicControl();
    expect(panic.isPressedBy(strike(1))).toBe(false);
    panic.learn([{ source, target: { type: 'panic' } }]);
    expect(events.map((event) => panic.isPressedBy(event))).toEqual(pressed);
  });
});

describe('a control map', () => {
  const loop = { type: 'action', action: 'loop' } as const;
  const heat = { type: 'parameter', name: 'temperature' } as const;

  it('binds a source to one target and a target to one source', () => {
    let map: ControlMap = [];
    map = learn(map, knob, loop);
    map = learn(map, knob, heat);
    map = learn(map, pad, heat);
    expect(map).toEqual([{ source: pad, target: heat }]);
    expect(bindingOf(map, strike(1))?.target).toEqual(heat);
    expect(bindingOf(map, letGo)?.target).toEqual(heat);
    expect(bindingOf(map, cc(1))).toBeNull();
  });

  it('tells a pad from the key of its number by the channel, and knows those without one on any', () => {
    const on = (channel: number): KeyEvent => ({ ...strike(90), channel });
    const padOnTen = { ...pad, channel: 9 };
    let map = learn([], padOnTen, loop);
    expect(bindingOf(map, on(9))?.target).toEqual(loop);
    expect(bindingOf(map, on(0))).toBeNull();
    expect(bindingOf(map, strike(90))).toBeNull();
    map = learn(map, pad, heat);
    expect(bindingOf(map, on(9))?.target).toEqual(loop);
    expect(bindingOf(map, on(0))?.target).toEqual(heat);
    expect(bindingOf(map, strike(90))?.target).toEqual(heat);
  });

  it.each<[ControlBinding['target'], boolean]>([
    [loop, true],
    [{ type: 'action', action: 'mutate' }, false],
    [heat, true],
    [{ type: 'parameter', name: 'closeness' }, false],
    [{ type: 'model' }, true],
    [{ type: 'turn' }, true],
    [{ type: 'panic' }, true],
  ])('knows whether %o means something in a mode', (target, expected) => {
    expect(isMeant(target, { actions: ['loop'], parameters: ['temperature'] })).toBe(expected);
  });

  it('lights what is on, where parameters stand and whose turn it is', () => {
    const map: ControlMap = [
      { source: knob, target: heat },
      { source: pad, target: loop },
      { source: { type: 'controller', number: 3 }, target: { type: 'turn' } },
      { source: { type: 'controller', number: 4 }, target: { type: 'model' } },
      { source: { type: 'controller', number: 5 }, target: { type: 'parameter', name: 'unknown' } },
    ];
    const lights = lightsOf(map, {
      turn: 'machine',
      switches: new Set(['loop']),
      parameter: (name) => (name === 'temperature' ? { scale: temperature, value: 2 } : null),
      model: { scale: { enum: ['a', 'b'] }, value: 'b' },
    });
    expect(lights.map(({ value }) => value)).toEqual([127, 127, 127, 127, 0]);
  });
});
