import { describe, expect, it } from 'vitest';
import { labelOfPitch, pitchOfKey } from './key-map.js';
import { isBlack, pianoKeys } from './piano-keys.js';

describe('the computer’s keys', () => {
  it('are laid out like a piano: black keys in the upper row', () => {
    const upper = ['KeyW', 'KeyE', 'KeyT', 'KeyY', 'KeyU', 'KeyO', 'KeyP'];
    expect(upper.map((code) => isBlack(pitchOfKey(code, 60) ?? 0))).toEqual(upper.map(() => true));
    const lower = ['KeyA', 'KeyS', 'KeyD', 'KeyF', 'KeyG', 'KeyH', 'KeyJ', 'KeyK', 'KeyL'];
    expect(lower.map((code) => isBlack(pitchOfKey(code, 60) ?? 0))).toEqual(lower.map(() => false));
  });

  it('are named on the piano they play', () => {
    expect(labelOfPitch(60, 60)).toBe('A');
    expect(labelOfPitch(61, 60)).toBe('W');
    expect(labelOfPitch(59, 60)).toBeNull();
    expect(pitchOfKey('Digit1', 60)).toBeNull();
  });
});

describe('a piano', () => {
  it('has seven white and five black keys an octave, each black one over a gap', () => {
    const keys = pianoKeys(60, 71);
    expect(keys.filter(({ black }) => !black)).toHaveLength(7);
    expect(keys.find(({ pitch }) => pitch === 71)).toMatchObject({ left: 6, black: false });
    const cSharp = keys.find(({ pitch }) => pitch === 61);
    expect((cSharp?.left ?? 0) + (cSharp?.width ?? 0) / 2).toBe(1);
  });
});
