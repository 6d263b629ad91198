/** Everything that can change under a mode changes at random: beat, metre, swing, switches. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import type { ModeContext, ModeEvent } from './mode.js';
import { modes } from './registry.js';
import { beginMode, type RunningMode } from './run.js';
import { inOrder, meddler, notesOf, perform, type TimedEvent, visitor } from './virtual-time.js';

const UNTIL_MS = 60_000;
/** A mode that wakes more often at one moment will wake for ever. */
const MOST_AT_ONCE = 200;

function restless(id: keyof typeof modes, seed: number) {
  const random = createRandom(seed);
  const oneOf = <Option>(options: readonly Option[]) =>
    options[Math.floor(random.next() * options.length)] as Option;
  const settings = () => ({
    tempo: oneOf(['fixed', 'tapped', 'followed', 'booth', 'midiClock']),
    metre: oneOf(['2/4', '3/4', '4/4', '6/8']),
    metronome: oneOf(['on', 'off']),
    swing: 50 + Math.floor(random.next() * 25),
  });
  const mode = beginMode(id, settings());
  const changes = Array.from({ length: 8 }, () => random.next() * UNTIL_MS).sort((a, b) => a - b);
  const pulses: TimedEvent[] = [];
  for (let atMs = random.next() * 3000; atMs < UNTIL_MS; atMs += 200 + random.next() * 9000) {
    const pulse = { tempoBpm: 40 + random.next() * 200, originMs: atMs + (random.next() - 0.5) * 4000 };
    pulses.push({ type: 'pulse', pulse: random.next() < 0.2 ? null : pulse, atMs });
  }
  let [lastMs, atOnce] = [-1, 0];
  const step = (event: ModeEvent, context: ModeContext) => {
    while ((changes[0] ?? Number.POSITIVE_INFINITY) <= context.nowMs) {
      changes.shift();
      mode.adjust(settings());
    }
    atOnce = context.nowMs === lastMs ? atOnce + 1 : 0;
    lastMs = context.nowMs;
    expect(atOnce, `at ${lastMs} ms`).toBeLessThan(MOST_AT_ONCE);
    return mode.step(event, context);
  };
  const watched: RunningMode = { ...mode, step };
  const events = inOrder(visitor(seed, UNTIL_MS), meddler(seed, modes[id].actions, UNTIL_MS), pulses);
  return perform(() => watched, events, { seed, generationMs: 200 * random.next(), untilMs: 90_000 });
}

describe.each(Object.keys(modes) as (keyof typeof modes)[])('%s, whatever changes under it', (id) => {
  it.each([1, 2, 3, 4, 5, 6])(
    'never stays at one moment, and plans notes that can be played (seed %d)',
    (seed) => {
      const notes = notesOf(restless(id, seed));
      expect(notes.length).toBeGreaterThan(0);
      for (const { onsetMs, durationMs, pitch, velocity } of notes) {
        expect(Number.isFinite(onsetMs)).toBe(true);
        expect(durationMs).toBeGreaterThan(0);
        expect(pitch).toBeOneOf(Array.from({ length: 128 }, (_, key) => key));
        expect(velocity).toBeGreaterThan(0);
        expect(velocity).toBeLessThan(128);
      }
    },
  );
});
