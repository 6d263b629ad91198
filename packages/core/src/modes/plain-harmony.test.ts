import { describe, expect, it } from 'vitest';
import { bassUnder, plainChord, unhurried } from './plain-harmony.js';

const inC = { tonic: 0, scale: 'major' } as const;
const inA = { tonic: 9, scale: 'minor' } as const;

describe('harmony by rule', () => {
  it.each([
    ['the tonic under its tones', [60, -2, 64, -2], inC, 'C'],
    ['the dominant under its own', [67, -2, 71, 74], inC, 'G'],
    ['the subdominant', [65, -2, 69, -2], inC, 'F'],
    ['a major dominant in minor', [68, -2, 71, -2], inA, 'E'],
    ['the tonic under nothing', [-2, -2, -2, -2], inC, 'C'],
  ] as const)('takes %s', (_name, events, key, chord) => {
    expect(plainChord(events, key)).toBe(chord);
  });

  it('counts what sounds on from before', () => {
    expect(plainChord([-2, -2, -2, 60], inC, 71)).toBe('G');
  });

  it.each([
    ['keeps a tone of the chord', 40, { chord: 'C', isStart: false, sounding: 36 }, 40],
    ['moves a foreign one to the root next to it', 41, { chord: 'C', isStart: false, sounding: 36 }, 36],
    ['begins a chord over silence with its bass', -2, { chord: 'G', isStart: true, sounding: null }, 43],
    ['lets go where there is no chord', 40, { chord: 'N.C.', isStart: false, sounding: 40 }, -1],
    ['holds what fits the new chord, too', -2, { chord: 'Am', isStart: true, sounding: 36 }, -2],
  ] as const)('%s', (_name, event, context, expected) => {
    expect(bassUnder(event, context)).toBe(expected);
  });

  it.each([
    ['an end within the first beat', -1, [36, -2, -2], -2],
    ['a note within an eighth', 38, [36], -2],
    ['an end after a beat, which is taken', -1, [36, -2, -2, -2], -1],
    ['a note after an eighth, which is taken', 38, [36, -2], 38],
    ['a note out of silence, which is taken', 38, [36, -2, -2, -2, -1], 38],
  ])('keeps a bass from being hurried: %s', (_name, event, bass, expected) => {
    expect(unhurried(event, bass)).toBe(expected);
  });
});
