/** The clicks of a metronome: General MIDI's high and low wood block. */
import { barMs, countedMs, type Grid, TIME_EPSILON, type VoicedNote } from '../../music/index.js';

const BAR_PITCH = 76;
const BEAT_PITCH = 77;
const BAR_VELOCITY = 100;
const BEAT_VELOCITY = 70;
const CLICK_MS = 50;

/** Clicks with onsets in [fromMs, untilMs), one on every beat that is counted. */
export function clicksOf(grid: Grid, fromMs: number, untilMs: number): VoicedNote[] {
  const beatMs = countedMs(grid);
  const beatsPerBar = Math.round(barMs(grid) / beatMs);
  const clicks: VoicedNote[] = [];
  for (let beat = Math.ceil((fromMs - grid.originMs) / beatMs - TIME_EPSILON); ; beat++) {
    const onsetMs = grid.originMs + beat * beatMs;
    if (onsetMs > untilMs - TIME_EPSILON * beatMs) return clicks;
    const isBar = beat % beatsPerBar === 0;
    clicks.push({
      pitch: isBar ? BAR_PITCH : BEAT_PITCH,
      velocity: isBar ? BAR_VELOCITY : BEAT_VELOCITY,
      onsetMs,
      durationMs: CLICK_MS,
      voice: 'click',
    });
  }
}
