import { createHash } from 'node:crypto';
import type { TrainingPiece } from './piece.js';

const VALIDATION_SHARE = 0.1;

/** By piece, never by excerpt, and by its id alone: adding pieces moves none from one side to the other. */
export function isForValidation({ id }: TrainingPiece): boolean {
  const [piece = ''] = id.split('#');
  return createHash('sha256').update(piece).digest().readUInt32BE(0) / 2 ** 32 < VALIDATION_SHARE;
}
