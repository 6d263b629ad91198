/** What the knobs, faders, pedals, pads and keys of a station do besides making music. */
import { z } from 'zod';
import { Action } from '../modes/action.js';
import { Channel, type KeyEvent } from '../music/note.js';

const Number7 = z.number().int().min(0).max(127);

/** A MIDI controller or a note, on one channel or, where that is left out, on any. */
export const ControlSource = z.object({
  type: z.enum(['controller', 'note']),
  number: Number7,
  channel: Channel.exactOptional(),
});
export type ControlSource = z.infer<typeof ControlSource>;

export const ControlTarget = z.discriminatedUnion('type', [
  z.object({ type: z.literal('action'), action: Action }),
  /** A parameter of whatever mode plays; means nothing in a mode that has none of that name. */
  z.object({ type: z.literal('parameter'), name: z.string().min(1).max(60) }),
  z.object({ type: z.literal('model') }),
  z.object({ type: z.literal('panic') }),
  /** A light alone: off for the visitor's turn, brighter while the machine listens and when both play, full for the machine's. */
  z.object({ type: z.literal('turn') }),
]);
export type ControlTarget = z.infer<typeof ControlTarget>;

export const ControlBinding = z.object({ source: ControlSource, target: ControlTarget });
export type ControlBinding = z.infer<typeof ControlBinding>;

/** A source does one thing, and a target has one source. */
export const ControlMap = z.array(ControlBinding).max(128);
export type ControlMap = z.infer<typeof ControlMap>;

export function sourceOf(event: KeyEvent): ControlSource {
  const channel = event.channel === undefined ? {} : { channel: event.channel };
  return event.type === 'control'
    ? { type: 'controller', number: event.controller, ...channel }
    : { type: 'note', number: event.pitch, ...channel };
}

export const nameOfSource = ({ type, number, channel }: ControlSource): string =>
  channel === undefined ? `${type} ${number}` : `${type} ${number} on channel ${channel + 1}`;

/** One that is bound on its channel goes before one that is bound on any. */
export function bindingOf(map: ControlMap, event: KeyEvent): ControlBinding | null {
  const { channel: _, ...anywhere } = sourceOf(event);
  const named = (name: string) => map.find(({ source }) => nameOfSource(source) === name);
  return named(nameOfSource(sourceOf(event))) ?? named(nameOfSource(anywhere)) ?? null;
}

/** The map in which `source` does what `target` says, and nothing else does. */
export function learn(map: ControlMap, source: ControlSource, target: ControlTarget): ControlMap {
  const others = map.filter(
    (binding) => nameOfSource(binding.source) !== nameOfSource(source) && !sameTarget(binding.target, target),
  );
  return [...others, { source, target }];
}

/** Whether a target means something where a mode with these actions and parameters plays. */
export function isMeant(
  target: ControlTarget,
  mode: { actions: readonly Action[]; parameters: readonly string[] },
): boolean {
  if (target.type === 'action') return mode.actions.includes(target.action);
  return target.type !== 'parameter' || mode.parameters.includes(target.name);
}

export function sameTarget(a: ControlTarget, b: ControlTarget): boolean {
  if (a.type === 'action' && b.type === 'action') return a.action === b.action;
  if (a.type === 'parameter' && b.type === 'parameter') return a.name === b.name;
  return a.type === b.type;
}
