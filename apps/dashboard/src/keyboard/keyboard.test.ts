import { describe, expect, it } from 'vitest';
import { labelOfPitch, moveRow, pitchOfKey } from './key-map.js';
import { isBlack, keyboardRange, pianoKeys } from './piano-keys.js';

const unknownLayout = new Map<string, string>();

describe('the computer’s keys', () => {
  it('are laid out like a piano: black keys in the upper row', () => {
    const upper = ['KeyW', 'KeyE', 'KeyT', 'KeyY', 'KeyU', 'KeyO', 'KeyP'];
    expect(upper.map((code) => isBlack(pitchOfKey(code, 60) ?? 0))).toEqual(upper.map(() => true));
    const lower = ['KeyA', 'KeyS', 'KeyD', 'KeyF', 'KeyG', 'KeyH', 'KeyJ', 'KeyK', 'KeyL'];
    expect(lower.map((code) => isBlack(pitchOfKey(code, 60) ?? 0))).toEqual(lower.map(() => false));
  });

  it('are named on the piano they play', () => {
    expect(labelOfPitch(60, 60, unknownLayout)).toBe('A');
    expect(labelOfPitch(61, 60, unknownLayout)).toBe('W');
    expect(labelOfPitch(76, 60, unknownLayout)).toBe(';');
    expect(labelOfPitch(59, 60, unknownLayout)).toBeNull();
    expect(pitchOfKey('Digit1', 60)).toBeNull();
  });

  it('are named as they are printed where the layout is known', () => {
    expect(labelOfPitch(60, 60, new Map([['KeyA', 'q']]))).toBe('Q');
  });

  it('stay within what can be heard, and on a C', () => {
    let row = 60;
    for (let i = 0; i < 10; i++) row = moveRow(row, 12);
    expect(row).toBe(84);
    for (let i = 0; i < 10; i++) row = moveRow(row, -12);
    expect(row).toBe(36);
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

  it.each([320, 390, 768, 1280, 1920, 3840])(
    '%i px wide has keys for fingers, all on a real piano',
    (width) => {
      for (const row of [36, 48, 60, 72, 84]) {
        const { lowest, highest } = keyboardRange(width, row);
        expect(isBlack(lowest) || isBlack(highest)).toBe(false);
        expect(lowest).toBeGreaterThanOrEqual(21);
        expect(highest).toBeLessThanOrEqual(108);
        expect(lowest <= row && highest >= row + 12).toBe(true);
        const whites = pianoKeys(lowest, highest).filter(({ black }) => !black).length;
        expect(width / whites).toBeGreaterThanOrEqual(40);
      }
    },
  );

  it('begins at the row on a phone and shows it in the middle of a large screen', () => {
    expect(keyboardRange(390, 60)).toEqual({ lowest: 60, highest: 72 });
    const { lowest, highest } = keyboardRange(1280, 60);
    expect(lowest).toBeLessThan(60);
    expect(highest).toBeGreaterThan(77);
  });
});
