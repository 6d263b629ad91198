/** Draws a piano roll on a canvas. */
import { isBlack } from '../keyboard/piano-keys';
import { type Box, boxOf, type RollNote, type RollView, xOf } from './geometry';

const COLOURS = {
  visitor: { fill: '#ffb454', sounding: '#ffe0b0' },
  machine: { fill: '#62d6c6', sounding: '#c8fff6' },
};
const LANE = 'rgb(255 255 255 / 0.028)';
const OCTAVE_LINE = 'rgb(255 255 255 / 0.10)';
const OCTAVE_NAME = 'rgb(255 255 255 / 0.32)';
/** The oldest part of the roll dissolves over this share of the width. */
const FADE_SHARE = 0.14;

export interface RollStyle {
  /** Live: what is to come is drawn as an outline, and the past dissolves. Recorded: everything is there at once. */
  scene: 'live' | 'recorded';
  /** Colour of the line that stands for now. */
  nowColour: string;
}

export function drawRoll(
  context: CanvasRenderingContext2D,
  view: RollView,
  notes: readonly RollNote[],
  { nowMs, style }: { nowMs: number; style: RollStyle },
): void {
  context.clearRect(0, 0, view.width, view.height);
  const now = xOf(nowMs, view);
  drawLanes(context, view);
  drawOctaveNames(context, view);
  for (const note of notes) {
    const box = boxOf(note, view);
    if (!box) continue;
    const sounding = note.onsetMs <= nowMs && note.onsetMs + note.durationMs >= nowMs;
    if (style.scene === 'recorded') drawRecorded(context, note, { box, sounding });
    else drawLive(context, note, { box, sounding, now });
  }
  if (style.scene === 'live') dissolvePast(context, view);
  if (now >= 0 && now <= view.width)
    drawNow(context, view, { now, colour: style.nowColour, halo: style.scene === 'live' });
}

function drawLanes(context: CanvasRenderingContext2D, view: RollView): void {
  const row = rowHeight(view);
  for (let pitch = Math.floor(view.lowest); pitch <= view.highest + 1; pitch++) {
    const y = (view.highest - pitch) * row;
    if (!isBlack(pitch)) {
      context.fillStyle = LANE;
      context.fillRect(0, y, view.width, row - 1);
    }
    if (pitch % 12 !== 0) continue;
    context.fillStyle = OCTAVE_LINE;
    context.fillRect(0, y + row - 1, view.width, 1);
  }
}

function drawOctaveNames(context: CanvasRenderingContext2D, view: RollView): void {
  const row = rowHeight(view);
  context.fillStyle = OCTAVE_NAME;
  context.font = '11px system-ui, sans-serif';
  context.textAlign = 'right';
  for (let pitch = Math.ceil(view.lowest / 12) * 12; pitch <= view.highest; pitch += 12)
    context.fillText(`C${pitch / 12 - 1}`, view.width - 6, (view.highest - pitch + 1) * row - 4);
}

function drawLive(
  context: CanvasRenderingContext2D,
  note: RollNote,
  { box, sounding, now }: { box: Box; sounding: boolean; now: number },
): void {
  const { fill, sounding: bright } = COLOURS[note.player];
  const reached = Math.min(box.width, Math.max(0, now - box.x));
  if (reached < box.width) {
    context.globalAlpha = 0.16;
    context.fillStyle = fill;
    fillNote(context, box);
    context.globalAlpha = 0.55;
    context.strokeStyle = fill;
    context.lineWidth = 1.5;
    strokeNote(context, box);
  }
  if (reached > 0) {
    const played = { ...box, width: Math.max(3, reached) };
    if (sounding) glow(context, played, fill);
    context.globalAlpha = loudness(note);
    context.fillStyle = sounding ? bright : fill;
    fillNote(context, played);
  }
  context.globalAlpha = 1;
}

function drawRecorded(
  context: CanvasRenderingContext2D,
  note: RollNote,
  { box, sounding }: { box: Box; sounding: boolean },
): void {
  const { fill, sounding: bright } = COLOURS[note.player];
  if (sounding) glow(context, box, fill);
  context.globalAlpha = sounding ? 1 : loudness(note);
  context.fillStyle = sounding ? bright : fill;
  fillNote(context, box);
  context.globalAlpha = 1;
}

/** Two wider, fainter copies: cheaper than a blurred shadow on a tablet. */
function glow(context: CanvasRenderingContext2D, box: Box, colour: string): void {
  context.fillStyle = colour;
  for (const [spread, alpha] of [
    [10, 0.1],
    [5, 0.18],
  ] as const) {
    context.globalAlpha = alpha;
    fillNote(context, {
      x: box.x - spread,
      y: box.y - spread,
      width: box.width + 2 * spread,
      height: box.height + 2 * spread,
    });
  }
}

function dissolvePast(context: CanvasRenderingContext2D, { width, height }: RollView): void {
  const gradient = context.createLinearGradient(0, 0, width * FADE_SHARE, 0);
  gradient.addColorStop(0, 'rgb(0 0 0 / 1)');
  gradient.addColorStop(1, 'rgb(0 0 0 / 0)');
  context.globalCompositeOperation = 'destination-out';
  context.fillStyle = gradient;
  context.fillRect(0, 0, width * FADE_SHARE, height);
  context.globalCompositeOperation = 'source-over';
}

function drawNow(
  context: CanvasRenderingContext2D,
  { height }: RollView,
  { now, colour, halo }: { now: number; colour: string; halo: boolean },
): void {
  context.fillStyle = colour;
  context.globalAlpha = 0.12;
  if (halo) context.fillRect(now - 7, 0, 14, height);
  context.globalAlpha = 0.9;
  context.fillRect(now - 1.25, 0, 2.5, height);
  context.globalAlpha = 1;
}

function rowHeight({ height, highest, lowest }: RollView): number {
  return height / (highest - lowest + 1);
}

function loudness({ velocity }: RollNote): number {
  return 0.5 + (0.5 * velocity) / 127;
}

function fillNote(context: CanvasRenderingContext2D, box: Box): void {
  outline(context, box);
  context.fill();
}

function strokeNote(context: CanvasRenderingContext2D, box: Box): void {
  outline(context, box);
  context.stroke();
}

function outline(context: CanvasRenderingContext2D, { x, y, width, height }: Box): void {
  const tall = Math.max(2, height - 2);
  context.beginPath();
  context.roundRect(x, y + 1, width, tall, Math.min(7, tall / 2, width / 2));
}
