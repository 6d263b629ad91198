import { describe, expect, it } from 'vitest';
import { chordOf, KNOWN_QUALITIES, NO_CHORD, recognizeChord, symbolOf } from './index.js';

describe('the chord under the hands', () => {
  it.each([
    ['C', [48, 64, 67, 72]],
    ['C/E', [52, 60, 67]],
    ['Am7', [45, 60, 64, 67]],
    ['C6', [48, 64, 67, 69]],
    ['G7', [43, 59, 65]],
    ['C', [60, 64]],
    ['Am', [57, 60]],
    ['C5', [48, 55, 60]],
    ['Dm7b5', [50, 53, 56, 60]],
    ['F#dim7', [54, 57, 60, 63]],
    ['C/D', [50, 60, 64, 67]],
    ['Bb/C', [36, 58, 62, 65]],
    ['Csus4', [60, 65, 67]],
    ['Ebmaj7/G', [43, 58, 62, 63]],
    [NO_CHORD, [60, 72]],
    [NO_CHORD, []],
    [NO_CHORD, [60, 61, 62, 63, 64]],
  ])('is %s for %j', (symbol, pitches) => {
    expect(recognizeChord(pitches)).toBe(symbol);
  });

  it('has the tones that were played, for every chord that can be written', () => {
    for (const intervals of KNOWN_QUALITIES)
      for (let root = 0; root < 12; root++) {
        const pitches = intervals.map((interval) => 48 + root + interval);
        const symbol = recognizeChord(pitches);
        expect(chordOf(symbol)?.pitchClasses).toEqual(chordOf(symbolOf(root, intervals))?.pitchClasses);
        expect(chordOf(symbol)?.bass).toBe(root);
      }
  });
});
