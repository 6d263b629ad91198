import type { Action } from '@antiphon/core/controls';

/** Strokes on a field of 24 by 24. */
const STROKES: Record<Action, string> = {
  endCall: 'M3 12h12m0 0-5-5m5 5-5 5M20 5v14',
  tap: 'M8 20h8L14 4h-4L8 20Zm4-6 6-8',
  mutate: 'M3 7h4l8 10h6m0 0-3-3m3 3-3 3M3 17h4l2-2.5M13 9.5 15 7h6m0 0-3-3m3 3-3 3',
  loop: 'm17 3 3 3-3 3m3-3H8a4 4 0 0 0-4 4v1m3 10-3-3 3-3m-3 3h12a4 4 0 0 0 4-4v-1',
  solo: 'M9 18V6l10-2v12M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0Zm10-2a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0Z',
  mute: 'M4 9v6h4l5 4V5L8 9H4Zm13 0 5 6m0-6-5 6',
  clear: 'm6 6 12 12M18 6 6 18',
};

export function ActionIcon({ action }: { action: Action }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden className="size-5 shrink-0 fill-none stroke-current stroke-[1.75]">
      <path d={STROKES[action]} strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
