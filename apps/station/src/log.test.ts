import { expect, it } from 'vitest';
import { plainLine } from './log.js';

it('tells a person the time, the message, and whether it matters', () => {
  const time = new Date(2026, 10, 21, 9, 5, 7).getTime();
  expect(plainLine(JSON.stringify({ level: 30, time, msg: 'mode: Echo' }))).toBe('09:05:07   mode: Echo\n');
  expect(plainLine(JSON.stringify({ level: 40, time, msg: 'panic' }))).toBe('09:05:07 ! panic\n');
});
