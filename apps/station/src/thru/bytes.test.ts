import { describe, expect, it } from 'vitest';
import { bytesOf, eventOf } from './bytes.js';

describe('what is passed through', () => {
  it.each([
    ['a press', [0x90, 60, 80], [0x90, 60, 80]],
    ['a release', [0x80, 60, 64], [0x80, 60, 0]],
    ['a release told as a press without force', [0x90, 60, 0], [0x80, 60, 0]],
    ['the pedal', [0xb0, 64, 127], [0xb0, 64, 127]],
    ['a press on another channel', [0x93, 60, 80], [0x90, 60, 80]],
  ])('%s', (_, bytes, expected) => {
    const event = eventOf(bytes, 0);
    expect(event && bytesOf(event)).toEqual(expected);
  });

  it('is neither the clock nor a change of programme', () => {
    expect(eventOf([0xf8], 0)).toBeNull();
    expect(eventOf([0xc0, 5], 0)).toBeNull();
  });
});
