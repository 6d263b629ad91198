import { describe, expect, it } from 'vitest';
import { Course, type CourseEffect, type CourseEvent } from './course.js';

/** 100 bpm; a bar is 2400 ms. */
const BOOTH = { tempoBpm: 100, originMs: 70 };
const pulse: CourseEvent = { type: 'pulse', pulse: BOOTH, atMs: 0 };
const press: CourseEvent = { type: 'noteOn', pitch: 60, velocity: 80, atMs: 10_000 };
const release: CourseEvent = { type: 'noteOff', pitch: 60, atMs: 10_100 };
const courseOf = (params: Record<string, unknown>) =>
  new Course(1, { mode: 'echo', params: { tempo: 'booth', ...params }, model: 'none' });
const notesOf = (effects: CourseEffect[]) =>
  effects.flatMap((effect) => (effect.type === 'plan' ? effect.notes : []));

describe.each<[string, CourseEvent]>([
  ['panic', { type: 'panic' }],
  ['a mode that begins again', { type: 'beganAgain', why: 'a test' }],
])('after %s', (_name, event) => {
  it('a station stays in the band: its mode keeps the beat that came from outside', () => {
    const course = courseOf({});
    course.hear(pulse, 0);
    course.hear(event, 5_000);
    course.hear(press, 10_000);
    course.hear(release, 10_100);
    const [echoed] = notesOf(course.hear({ type: 'wake', atMs: 10_700 }, 10_700));
    expect(((echoed?.onsetMs ?? 0) - 10_000) % 2_400).toBeCloseTo(0, 6);
    expect(echoed?.onsetMs).toBeGreaterThan(10_700);
  });

  it('the metronome is silent until somebody plays, and clicks on that beat', () => {
    const course = courseOf({ metronome: 'on' });
    course.hear(pulse, 0);
    course.hear(press, 1_000);
    expect(notesOf(course.hear(event, 5_000))).toEqual([]);
    const [click] = notesOf(course.hear(press, 10_000));
    expect(click?.voice).toBe('click');
    expect(((click?.onsetMs ?? 0) - BOOTH.originMs) % 600).toBeCloseTo(0, 6);
  });
});
