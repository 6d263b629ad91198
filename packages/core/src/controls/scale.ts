/** Between the 128 positions of a MIDI control and what a parameter can be. */

/** A parameter's values, as JSON Schema says them. */
export interface Scale {
  type?: string;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
}

export const LAST_POSITION = 127;

/** Undefined where the parameter cannot be turned, such as a text. */
export function valueAt(scale: Scale, position: number): unknown {
  if (scale.enum)
    return scale.enum[Math.min(scale.enum.length - 1, Math.floor((position / 128) * scale.enum.length))];
  if (scale.type === 'boolean') return position > LAST_POSITION / 2;
  const range = rangeOf(scale);
  if (!range) return undefined;
  const value = range.from + (position / LAST_POSITION) * (range.to - range.from);
  return scale.type === 'integer' ? Math.round(value) : Math.round(value * 100) / 100;
}

/** Where a control would stand at this value. */
export function positionOf(scale: Scale, value: unknown): number {
  if (scale.enum) {
    const place = Math.max(0, scale.enum.indexOf(value));
    return scale.enum.length < 2 ? 0 : Math.round((place / (scale.enum.length - 1)) * LAST_POSITION);
  }
  if (typeof value === 'boolean') return value ? LAST_POSITION : 0;
  const range = rangeOf(scale);
  if (!range || typeof value !== 'number') return 0;
  const place = (value - range.from) / (range.to - range.from);
  return Math.round(Math.min(1, Math.max(0, place)) * LAST_POSITION);
}

/** What follows a value when a key is struck: the next choice, or the other way round. */
export function valueAfter(scale: Scale, value: unknown): unknown {
  if (scale.enum) return scale.enum[(scale.enum.indexOf(value) + 1) % scale.enum.length];
  return typeof value === 'boolean' ? !value : value;
}

function rangeOf({ type, minimum, maximum }: Scale): { from: number; to: number } | null {
  if (type !== 'number' && type !== 'integer') return null;
  return minimum === undefined || maximum === undefined ? null : { from: minimum, to: maximum };
}
