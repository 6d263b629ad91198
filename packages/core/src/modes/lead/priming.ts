/** A model that is told of silence goes on with silence: where nothing was played lately, it is told of a bar that might have been. */
import { type ChordSymbol, chordOf, HOLD, type MelodyEvent, STEPS_PER_QUARTER } from '../../music/index.js';

const LATELY_BARS = 2;

/** Quarters of each beat's own chord in the last bar of a silent prompt, up and down, as near to the middle of `allowed` as they come. */
export function primed(
  prompt: readonly MelodyEvent[],
  { chords, allowed, bar }: { chords: readonly ChordSymbol[]; allowed: readonly number[]; bar: number },
): MelodyEvent[] {
  if (prompt.slice(-LATELY_BARS * bar).some((event) => event >= 0)) return [...prompt];
  const melody = [...prompt];
  for (let step = Math.max(0, prompt.length - bar); step < prompt.length; step++) {
    const isBeat = (prompt.length - step) % STEPS_PER_QUARTER === 0;
    melody[step] = (isBeat ? toneOf(chords[step] ?? '', allowed, step / STEPS_PER_QUARTER) : null) ?? HOLD;
  }
  return melody;
}

function toneOf(symbol: ChordSymbol, allowed: readonly number[], beat: number): number | null {
  const tones = chordOf(symbol)?.pitchClasses ?? [];
  const fitting = allowed.filter((pitch) => tones.includes(pitch % 12));
  return fitting[Math.floor(fitting.length / 2) + (Math.floor(beat) % 2)] ?? fitting[0] ?? null;
}
