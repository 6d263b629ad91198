/** The score as notes: each span's chord and bass in their places and in the texture that is set. */
import {
  barMs,
  chordOf,
  countedSteps,
  type MelodyEvent,
  msOfStep,
  NO_CHORD,
  OFF,
  soundingAfter,
  stepsPerBar,
  type VoicedNote,
} from '../../music/index.js';
import { type Span, spansBetween } from '../chord-spans.js';
import { handsOf, loudnessOf } from '../hearing.js';
import type { Params } from './params.js';
import { type Song, spansOf } from './song.js';
import { playTexture } from './texture.js';
import { type Hands, placeBass, voiceChord } from './voicing.js';

const HANDS_BARS = 2;

/** `voicing` is that of the last chord before `committedStep`. */
export function render(
  song: Song,
  { fromStep, endStep, committedStep }: { fromStep: number; endStep: number; committedStep: number },
  { params, nowMs }: { params: Params; nowMs: number },
): { notes: VoicedNote[]; voicing: number[] } {
  const { hearing, chords } = song;
  const { grid, firstStep } = hearing;
  const hands = handsOf(hearing, nowMs - HANDS_BARS * barMs(grid));
  const velocity = loudnessOf(hearing) * params.loudness;
  const notes: VoicedNote[] = [];
  let voicing = song.voicing;
  let committedVoicing = voicing;
  for (const span of spansBetween(fromStep, endStep, spansOf(song, params))) {
    const chord = chordOf(chords[span.startStep - firstStep] ?? NO_CHORD);
    const pitches = chord ? voiceChord(chord, hands, voicing) : [];
    if (chord) voicing = pitches;
    if (span.endStep <= committedStep) committedVoicing = voicing;
    if (span.startStep < song.entryStep) continue;
    const textured = {
      ...span,
      chord: pitches,
      ...bassOf(song, span, { pitches, hands }),
      fifth: chord && placeBass(chord.root + 7, pitches, hands),
      barSteps: stepsPerBar(grid),
      beatSteps: countedSteps(grid),
      velocity,
    };
    for (const note of playTexture(textured, params.texture, params.density)) {
      const onsetMs = msOfStep(grid, note.startStep);
      const durationMs = msOfStep(grid, note.endStep) - onsetMs;
      notes.push({ pitch: note.pitch, velocity: note.velocity, onsetMs, durationMs, voice: note.voice });
    }
  }
  return { notes, voicing: committedVoicing };
}

function bassOf(
  { bass, hearing: { firstStep } }: Song,
  { startStep, endStep }: Span,
  { pitches, hands }: { pitches: number[]; hands: Hands | null },
): { bass: MelodyEvent[]; bassBefore: number | null } {
  const place = (event: MelodyEvent) => (event >= 0 ? (placeBass(event, pitches, hands) ?? OFF) : event);
  const before = soundingAfter(bass.slice(0, startStep - firstStep));
  return {
    bass: bass.slice(startStep - firstStep, endStep - firstStep).map(place),
    bassBefore: before === null ? null : placeBass(before, pitches, hands),
  };
}
