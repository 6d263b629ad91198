import type { Light } from '@antiphon/core/controls';
import type { MidiMessage } from './keyboard.js';

const CONTROL = 0xb0;
/** MIDI 1.0: a keyboard that is told that these are down holds its notes. */
const FIRST_PEDAL = 64;
const LAST_PEDAL = 69;
/** MIDI 1.0: from here on they are no controls, but turn the sound of a whole channel off or its keys away from it. */
const FIRST_CHANNEL_MODE = 120;

/**
 * What makes a control show a value: its own control change on its own channel. Null for what could be heard instead of seen: a note
 * would sound on a keyboard that makes its own sound, and stay.
 */
export function bytesOfLight({ source, value }: Light): MidiMessage | null {
  const { type, number, channel = 0 } = source;
  const isPedal = number >= FIRST_PEDAL && number <= LAST_PEDAL;
  if (type === 'note' || isPedal || number >= FIRST_CHANNEL_MODE) return null;
  return [CONTROL | channel, number, value];
}
