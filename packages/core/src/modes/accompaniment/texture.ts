/** How a chord and its bass are played through a span: the notes, on the grid. */
import {
  HOLD,
  type MelodyEvent,
  notesOfMelody,
  OFF,
  STEPS_PER_QUARTER,
  type StepNote,
  type Voice,
} from '../../music/index.js';
import type { Span } from '../chord-spans.js';

export type Texture = 'block' | 'broken' | 'boomChuck';

export interface TexturedSpan extends Span {
  /** Ascending; empty where there is no chord. */
  chord: number[];
  /** One event a step, in its place. */
  bass: MelodyEvent[];
  /** The bass sounds on from the span before. */
  bassBefore: number | null;
  /** A fifth over the bass, in its octaves: the other note of boom-chuck. */
  fifth: number | null;
  barSteps: number;
  /** Between the beats that are counted: 4, or 6 in 6/8. */
  beatSteps: number;
  velocity: number;
}

export interface TextureNote extends StepNote {
  voice: Voice;
}

const EIGHTH = STEPS_PER_QUARTER / 2;
/** Off the bar line, as a share of the velocity on it. */
const UNSTRESSED = 0.9;
const CHORD_TO_BASS = 0.88;

/** In the order of onsets; all of them end with the span at the latest. */
export function playTexture(span: TexturedSpan, texture: Texture, density: number): TextureNote[] {
  const level = Math.min(2, Math.floor(density * 3));
  switch (texture) {
    case 'block':
      return inOrder([
        ...bassLine(span),
        ...strikes(span, [Infinity, span.beatSteps, EIGHTH][level] as number),
      ]);
    case 'broken':
      return inOrder([...bassLine(span), ...arpeggio(span, [span.beatSteps, EIGHTH, 1][level] as number)]);
    case 'boomChuck':
      return inOrder(boomChuck(span, level));
    default:
      return texture satisfies never;
  }
}

function bassLine(span: TexturedSpan): TextureNote[] {
  const events = [...span.bass];
  if (events[0] === HOLD && span.bassBefore !== null) events[0] = span.bassBefore;
  return notesOfMelody(events, span.startStep, 1).map(({ pitch, startStep, endStep }) =>
    note(span, 'bass', { pitch, startStep, endStep }),
  );
}

function strikes(span: TexturedSpan, unit: number): TextureNote[] {
  const notes: TextureNote[] = [];
  for (let step = span.startStep; step < span.endStep; step += unit)
    for (const pitch of span.chord)
      notes.push(
        note(span, 'chords', { pitch, startStep: step, endStep: Math.min(step + unit, span.endStep) }),
      );
  return notes;
}

/** Up and down again; each note rings until the one after the next. */
function arpeggio(span: TexturedSpan, unit: number): TextureNote[] {
  const { chord } = span;
  const turn = [...chord, ...chord.slice(1, -1).reverse()];
  const notes: TextureNote[] = [];
  for (let i = 0, step = span.startStep; turn.length > 0 && step < span.endStep; i++, step += unit)
    notes.push(
      note(span, 'chords', {
        pitch: turn[i % turn.length] as number,
        startStep: step,
        endStep: Math.min(step + Math.max(1, Math.min(2, turn.length - 1)) * unit, span.endStep),
      }),
    );
  return notes;
}

/** Bass on the strong beats, root and fifth in turn, and short chords on the others; in 6/8 on the last eighth of each beat. */
function boomChuck(span: TexturedSpan, level: number): TextureNote[] {
  const { beatSteps, barSteps } = span;
  const root = rootOf(span);
  const isCompound = beatSteps > STEPS_PER_QUARTER;
  const isEven = barSteps % (2 * beatSteps) === 0;
  const notes: TextureNote[] = [];
  for (let step = span.startStep; step < span.endStep; step += beatSteps) {
    const place = step % barSteps;
    const isBoom = isCompound || place === 0 || (isEven && place % (2 * beatSteps) === 0);
    const boom = place === 0 || step === span.startStep ? root : (span.fifth ?? root);
    if (isBoom && boom !== null)
      notes.push(note(span, 'bass', { pitch: boom, startStep: step, endStep: step + STEPS_PER_QUARTER }));
    const chucks = isCompound ? [step + STEPS_PER_QUARTER] : isBoom ? [] : [step];
    if (level === 2) chucks.push(step + EIGHTH);
    if (level === 0 && place !== barSteps - beatSteps) continue;
    for (const startStep of chucks)
      for (const pitch of span.chord)
        notes.push(note(span, 'chords', { pitch, startStep, endStep: startStep + EIGHTH }));
  }
  return notes;
}

function rootOf({ bass, bassBefore }: TexturedSpan): number | null {
  const first = bass.find((event) => event !== HOLD && event !== OFF);
  return first ?? (bass[0] === OFF ? null : bassBefore);
}

function note(
  span: TexturedSpan,
  voice: 'chords' | 'bass',
  { pitch, startStep, endStep }: { pitch: number; startStep: number; endStep: number },
): TextureNote {
  const stress = startStep % span.barSteps === 0 ? 1 : UNSTRESSED;
  const velocity = span.velocity * stress * (voice === 'chords' ? CHORD_TO_BASS : 1);
  return { pitch, startStep, endStep, voice, velocity: Math.min(127, Math.max(1, Math.round(velocity))) };
}

function inOrder(notes: TextureNote[]): TextureNote[] {
  return notes.sort((a, b) => a.startStep - b.startStep || a.pitch - b.pitch);
}
