/** What morphing remembers. */
import type { KeyEvent } from '../../music/index.js';
import type { Pulse } from '../../timing/index.js';
import type { Effect } from '../mode.js';
import type { Phrase } from '../phrase.js';
import type { Params } from './params.js';
import type { Pass } from './pass.js';
import type { Theme } from './theme.js';

export interface Melodies {
  /** What is varied, and what it came from where the way leads from one to the other. */
  theme: Theme;
  before: Theme | null;
}

export type State = {
  params: Params;
  requests: number;
  pulse: Pulse | null;
  /** What pressed the sustain pedal, while it is down. */
  pedal: KeyEvent | null;
  melodies: Melodies | null;
  /** No latent model answers, and that was said. */
  isModelLost: boolean;
} & (
  | { phase: 'waiting' }
  | { phase: 'listening'; phrase: Phrase }
  | { phase: 'morphing'; melodies: Melodies; pass: Pass }
);
export type Morphing = State & { phase: 'morphing' };

export function common({ params, requests, pulse, pedal, melodies, isModelLost }: Omit<State, 'phase'>) {
  return { params, requests, pulse, pedal, melodies, isModelLost };
}

/** What is still waited for is called off. */
export function cancelled({ requestId, between }: Pass): Effect[] {
  const open = [requestId, between && !between.isDone ? between.requestId : null];
  return open.flatMap((requestId): Effect[] => (requestId === null ? [] : [{ type: 'cancel', requestId }]));
}
