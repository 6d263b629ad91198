/** What each player's voices sound like. */
import type { Player, Voice } from '@antiphon/core/music';
import type { Instrument } from './sampler';

const MACHINE: Record<Voice, Instrument> = {
  melody: 'vibraphone',
  chords: 'piano',
  bass: 'bass',
  click: 'click',
};

export function instrumentOf(player: Player, voice: Voice): Instrument {
  return player === 'visitor' ? 'piano' : MACHINE[voice];
}
