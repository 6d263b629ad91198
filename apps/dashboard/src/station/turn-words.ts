/** What a visitor is told, in words that a child understands. */
import type { StationState } from './browser-station';

export interface TurnWords {
  title: string;
  hint: string;
  /** Whose colour the stage takes. */
  mood: 'visitor' | 'listening' | 'machine' | 'alone';
}

/** `wasOnline`: the machine has been here before. */
export function turnWords(
  { link, turn }: Pick<StationState, 'link' | 'turn'>,
  wasOnline: boolean,
): TurnWords {
  if (link.status !== 'online')
    return wasOnline
      ? {
          title: 'Play on',
          hint: 'I cannot hear you just now. I will be back by myself, and nothing you play is lost.',
          mood: 'alone',
        }
      : { title: 'Here I come …', hint: 'You can play already.', mood: 'alone' };
  switch (turn) {
    case 'visitor':
      return { title: 'Your turn', hint: 'Play a little tune, then let go and listen.', mood: 'visitor' };
    case 'listening':
      return { title: 'Listening …', hint: 'Stop for a moment, and I will answer.', mood: 'listening' };
    case 'machine':
      return { title: 'My turn', hint: 'Listen! Then it is your turn again.', mood: 'machine' };
    case 'together':
      return { title: 'Together', hint: 'Play on: I play along with you.', mood: 'listening' };
    default:
      return turn satisfies never;
  }
}
