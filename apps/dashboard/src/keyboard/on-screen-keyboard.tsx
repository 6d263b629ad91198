'use client';
import { memo, type PointerEvent, useMemo, useRef } from 'react';
import { type KeyLayout, labelOfPitch } from './key-map';
import { pianoKeys } from './piano-keys';

const MIN_VELOCITY = 45;
const MAX_VELOCITY = 115;

/** A piano for fingers and mice; lower on a key is louder. Gliding from key to key plays on. */
export const OnScreenKeyboard = memo(function OnScreenKeyboard({
  lowest,
  highest,
  rowLowest,
  layout,
  down,
  onPress,
  onRelease,
}: {
  lowest: number;
  highest: number;
  /** Lowest pitch of the computer keyboard's row, for the letters on the keys. */
  rowLowest: number;
  layout: KeyLayout;
  /** Who holds which pitch. */
  down: ReadonlyMap<number, 'visitor' | 'machine'>;
  /** Times are those of the browser's events. */
  onPress: (pitch: number, velocity: number, timeStampMs: number) => void;
  onRelease: (pitch: number, timeStampMs: number) => void;
}) {
  const keys = useMemo(() => pianoKeys(lowest, highest), [lowest, highest]);
  const whites = keys.filter(({ black }) => !black).length;
  const fingers = useRef(new Map<number, number>());

  const keyAt = (event: PointerEvent): { pitch: number; velocity: number } | null => {
    const element = document
      .elementFromPoint(event.clientX, event.clientY)
      ?.closest<HTMLElement>('[data-pitch]');
    if (!element) return null;
    const { top, height } = element.getBoundingClientRect();
    const depth = Math.min(1, Math.max(0, (event.clientY - top) / height));
    return {
      pitch: Number(element.dataset.pitch),
      velocity: Math.round(MIN_VELOCITY + depth * (MAX_VELOCITY - MIN_VELOCITY)),
    };
  };
  const lift = (event: PointerEvent) => {
    const pitch = fingers.current.get(event.pointerId);
    fingers.current.delete(event.pointerId);
    if (pitch !== undefined) onRelease(pitch, event.timeStamp);
  };
  const touch = (event: PointerEvent) => {
    const key = keyAt(event);
    if (key?.pitch === fingers.current.get(event.pointerId)) return;
    lift(event);
    if (!key) return;
    fingers.current.set(event.pointerId, key.pitch);
    onPress(key.pitch, key.velocity, event.timeStamp);
  };

  return (
    <fieldset
      aria-label="Piano keyboard"
      className="relative h-full w-full min-w-0 touch-none select-none"
      onContextMenu={(event) => event.preventDefault()}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        (event.target as Element).releasePointerCapture?.(event.pointerId);
        touch(event);
      }}
      onPointerMove={(event) => fingers.current.has(event.pointerId) && touch(event)}
      onPointerUp={lift}
      onPointerCancel={lift}
      onPointerLeave={lift}
    >
      {keys.map(({ pitch, black, left, width }) => {
        const holder = down.get(pitch);
        const held = holder && `${holder === 'visitor' ? 'bg-visitor' : 'bg-machine'} text-stage key-down`;
        const look = black
          ? `z-10 h-[62%] rounded-b-md key-black ${held ?? 'text-quiet'}`
          : `h-full rounded-b-xl key-white ${held ?? 'text-[#6d6880]'}`;
        return (
          <div
            key={pitch}
            data-pitch={pitch}
            className={`absolute top-0 flex items-end justify-center pb-3 font-semibold text-xs ${look}`}
            style={{ left: `${(100 * left) / whites}%`, width: `${(100 * width) / whites}%` }}
          >
            <span className="pointer-coarse:hidden hidden sm:inline" aria-hidden>
              {labelOfPitch(pitch, rowLowest, layout)}
            </span>
          </div>
        );
      })}
    </fieldset>
  );
});
