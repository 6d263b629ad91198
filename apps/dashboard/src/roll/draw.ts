/** Draws a piano roll on a canvas. */
import { isBlack } from '../keyboard/piano-keys';
import { boxOf, type RollNote, type RollView, xOf } from './geometry';

const COLOURS = { visitor: '#ffb454', machine: '#62d6c6' };

export function drawRoll(
  context: CanvasRenderingContext2D,
  view: RollView,
  notes: readonly RollNote[],
  nowMs: number,
): void {
  const { width, height, lowest, highest } = view;
  context.clearRect(0, 0, width, height);
  const row = height / (highest - lowest + 1);
  for (let pitch = lowest; pitch <= highest; pitch++) {
    const y = (highest - pitch) * row;
    context.fillStyle = isBlack(pitch) ? 'rgb(255 255 255 / 0.015)' : 'rgb(255 255 255 / 0.04)';
    context.fillRect(0, y, width, row - 1);
  }
  for (const note of notes) {
    const box = boxOf(note, view);
    if (!box) continue;
    const sounding = note.onsetMs <= nowMs && note.onsetMs + note.durationMs >= nowMs;
    context.globalAlpha = note.planned ? 0.35 : 0.45 + (0.55 * note.velocity) / 127;
    context.fillStyle = COLOURS[note.player];
    context.shadowColor = COLOURS[note.player];
    context.shadowBlur = sounding ? 18 : 0;
    context.beginPath();
    context.roundRect(box.x, box.y + 1, box.width, Math.max(2, box.height - 2), Math.min(6, box.height / 2));
    context.fill();
  }
  context.globalAlpha = 1;
  context.shadowBlur = 0;
  const now = xOf(nowMs, view);
  if (now < 0 || now > width) return;
  context.fillStyle = 'rgb(244 241 234 / 0.7)';
  context.fillRect(now - 1, 0, 2, height);
}
