'use client';
import { type MouseEvent, useCallback, useEffect, useRef } from 'react';
import { drawRoll, type RollStyle } from './draw';
import type { RollNote, RollView } from './geometry';

export interface Frame {
  view: Omit<RollView, 'width' | 'height'>;
  notes: readonly RollNote[];
  nowMs: number;
  style: RollStyle;
}

/** A canvas that asks for what to draw, as sharp as the screen: at every frame while `moving`, else when something has changed. */
export function RollCanvas({
  frame,
  moving,
  label,
  onPick,
}: {
  frame: (size: { width: number; height: number }) => Frame;
  moving: boolean;
  label: string;
  /** A click, as a share of the width. */
  onPick?: (share: number) => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const draw = useCallback(() => {
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
    const { view, notes, nowMs, style } = frame({ width, height });
    drawRoll(context, { ...view, width, height }, notes, { nowMs, style });
  }, [frame]);
  useEffect(() => {
    draw();
    if (!moving) {
      const observer = new ResizeObserver(draw);
      if (canvas.current) observer.observe(canvas.current);
      return () => observer.disconnect();
    }
    let request = requestAnimationFrame(function next() {
      draw();
      request = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(request);
  }, [draw, moving]);
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
