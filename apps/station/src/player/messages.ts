/** What the station and its player thread say to each other. */
import type { PlayedEvent } from '@antiphon/core/music';
import type { Plan, Pulse } from '@antiphon/core/timing';

export type ToPlayer =
  | { type: 'plan'; plan: Plan }
  /** The plan in force at a server just joined, whatever its revision. */
  | { type: 'join'; plan: Plan }
  /** Booth time = machine time + offset. */
  | { type: 'clock'; offsetMs: number }
  /** Open this output port, or none. */
  | { type: 'output'; name: string | null }
  /** The beat to send MIDI clock of, in booth time; null stops it. */
  | { type: 'beat'; pulse: Pulse | null }
  /** The server's panic. */
  | { type: 'panic' }
  /** Panic at the station itself: plans are not heard until `giveWay` or `panic`. */
  | { type: 'hush' }
  /** The visitor plays. */
  | { type: 'giveWay' }
  | { type: 'close' };

export type FromPlayer =
  /** Plays from now on; what came before is played, too, where it is not too late. */
  | { type: 'ready' }
  /** What has sounded of the machine's part in the duet, at booth time, and how late each note was, whatever it was part of. */
  | { type: 'played'; events: PlayedEvent[]; latenessMs: number[] }
  | { type: 'output'; name: string | null; problem: string | null }
  | { type: 'closed' };
