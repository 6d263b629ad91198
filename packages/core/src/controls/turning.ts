/**
 * What turning a control asks for. With pick-up: a control that stands elsewhere than its parameter does nothing until it passes the
 * place where the parameter is, so that nothing jumps.
 */
import type { KeyEvent } from '../music/note.js';
import { type ControlBinding, nameOfSource } from './control-map.js';
import { LAST_POSITION, positionOf, type Scale, valueAfter, valueAt } from './scale.js';

/** Where each control was left, by its source's name. */
export type Positions = Readonly<Record<string, number>>;

export type Turned =
  /** A button was pressed. */
  { type: 'press' } | { type: 'set'; value: unknown };

/** Closer than this a control has met its parameter. */
const MET = 2;

/** `parameter`: what the control turns, and how it stands; null where it is a button. */
export function turn(
  positions: Positions,
  {
    binding,
    event,
    parameter,
  }: { binding: ControlBinding; event: KeyEvent; parameter: { scale: Scale; value: unknown } | null },
): { positions: Positions; turned: Turned | null } {
  const name = nameOfSource(binding.source);
  const position = positionAfter(event);
  const before = positions[name] ?? null;
  const moved = { ...positions, [name]: position };
  const turned = parameter ? set(parameter, event, before) : press(before, position);
  return { positions: moved, turned };
}

/** Where the control stands that the event comes from. */
export function positionAfter(event: KeyEvent): number {
  if (event.type === 'control') return event.value;
  return event.type === 'noteOn' ? LAST_POSITION : 0;
}

function press(before: number | null, position: number): Turned | null {
  const half = LAST_POSITION / 2;
  return position > half && (before ?? 0) < half ? { type: 'press' } : null;
}

/** A key goes to the next choice, or sets a number as hard as it is struck; a controller sets it once it has picked it up. */
function set(
  { scale, value }: { scale: Scale; value: unknown },
  event: KeyEvent,
  before: number | null,
): Turned | null {
  if (event.type === 'noteOff') return null;
  const isNumber = !scale.enum && scale.type !== 'boolean';
  const next =
    event.type === 'control'
      ? picksUp({ scale, value }, before, event.value)
        ? valueAt(scale, event.value)
        : value
      : isNumber
        ? valueAt(scale, event.velocity)
        : valueAfter(scale, value);
  return next === undefined || next === value ? null : { type: 'set', value: next };
}

function picksUp(
  { scale, value }: { scale: Scale; value: unknown },
  before: number | null,
  position: number,
): boolean {
  const place = positionOf(scale, value);
  if (Math.abs(position - place) <= MET) return true;
  if (before === null) return false;
  return (
    valueAt(scale, before) === value || Math.abs(before - place) <= MET || before < place !== position < place
  );
}
