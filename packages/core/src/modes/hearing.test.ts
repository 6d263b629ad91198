import { expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { beginHearing, closeSteps, closingMs, openStep } from './hearing.js';

it('closes a step when its time has come, however booth time rounds', () => {
  const random = createRandom(1);
  for (let i = 0; i < 20_000; i++) {
    const originMs = 1_795_265_000_000 + random.next() * 1e6;
    const grid = {
      originMs,
      tempoBpm: 40 + random.next() * 200,
      beatsPerBar: 4,
      swing: 0.5 + random.next() * 0.25,
    };
    const hearing = { ...beginHearing(grid, originMs), firstStep: Math.floor(random.next() * 400) };
    expect(openStep(closeSteps(hearing, closingMs(hearing)))).toBe(openStep(hearing) + 1);
  }
});
