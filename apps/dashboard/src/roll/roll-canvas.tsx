'use client';
import { type MouseEvent, useEffect, useRef } from 'react';
import { drawRoll } from './draw';
import type { RollNote, RollView } from './geometry';

export interface Frame {
  view: Omit<RollView, 'width' | 'height'>;
  notes: readonly RollNote[];
  nowMs: number;
}

/** A canvas that asks for what to draw at every frame, as sharp as the screen. */
export function RollCanvas({
  frame,
  label,
  onPick,
}: {
  frame: () => Frame;
  label: string;
  /** A click, as a share of the width. */
  onPick?: (share: number) => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(frame);
  latest.current = frame;
  useEffect(() => {
    let request = 0;
    const draw = () => {
      request = requestAnimationFrame(draw);
      const element = canvas.current;
      const context = element?.getContext('2d');
      if (!element || !context) return;
      const { clientWidth: width, clientHeight: height } = element;
      const scale = window.devicePixelRatio;
      if (element.width !== Math.round(width * scale) || element.height !== Math.round(height * scale)) {
        element.width = Math.round(width * scale);
        element.height = Math.round(height * scale);
      }
      context.setTransform(scale, 0, 0, scale, 0, 0);
      const { view, notes, nowMs } = latest.current();
      drawRoll(context, { ...view, width, height }, notes, nowMs);
    };
    draw();
    return () => cancelAnimationFrame(request);
  }, []);
  const pick = (event: MouseEvent<HTMLCanvasElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    onPick?.((event.clientX - left) / width);
  };
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={label}
      onClick={pick}
      className={`block h-full w-full ${onPick ? 'cursor-pointer' : ''}`}
    />
  );
}
