import { describe, expect, it } from 'vitest';
import type { VoicedNote } from '../music/index.js';
import { createRandom } from '../random.js';
import { emptyPlan, type Plan, revisePlan } from './plan.js';
import {
  advance,
  giveWay,
  hush,
  idleScheduler,
  isOfDuet,
  joinPlan,
  type PlayerAction,
  type SchedulerState,
  silence,
  takePlan,
} from './scheduler.js';

const note = (onsetMs: number, durationMs = 100, pitch = 60): VoicedNote => ({
  pitch,
  velocity: 80,
  onsetMs,
  durationMs,
  voice: 'melody',
});
const plan = (
  revision: number,
  notes: VoicedNote[],
  fromMs = notes[0]?.onsetMs ?? 0,
  commitUntilMs = 0,
): Plan => ({ revision, fromMs, commitUntilMs, notes });

/** Advances through the times and answers what was done, as `on60@100`. */
function play(start: SchedulerState, times: number[]): { done: string[]; state: SchedulerState } {
  let state = start;
  const done: string[] = [];
  for (const time of times) {
    const advanced = advance(state, time);
    state = advanced.state;
    done.push(
      ...advanced.actions.map(
        ({ type, pitch, atMs }) => `${type === 'noteOn' ? 'on' : 'off'}${pitch}@${atMs}`,
      ),
    );
  }
  return { done, state };
}

describe('a plan', () => {
  it.each<[string, Plan, Plan, number[]]>([
    [
      'is replaced from a time on',
      plan(1, [note(100), note(200), note(300)]),
      plan(2, [note(250)], 200),
      [100, 250],
    ],
    ['is added to', plan(1, [note(100)]), plan(2, [note(200)]), [100, 200]],
    ['is emptied', plan(1, [note(100), note(200)]), plan(2, [], 0), []],
    ['ignores an older revision', plan(3, [note(100)]), plan(2, [note(200)], 0), [100]],
    ['ignores the same revision', plan(2, [note(100)]), plan(2, [note(200)], 0), [100]],
    [
      'keeps what was committed',
      plan(1, [note(100), note(200)], 100, 150),
      plan(2, [note(120), note(300)], 0),
      [100, 300],
    ],
  ])('%s', (_name, before, after, onsets) => {
    expect(revisePlan(revisePlan(emptyPlan, before), after).notes.map(({ onsetMs }) => onsetMs)).toEqual(
      onsets,
    );
  });
});

describe('the scheduler', () => {
  it('presses and releases every note once, in order, however seldom it is asked', () => {
    const state = takePlan(idleScheduler, plan(1, [note(100, 50), note(150, 50, 62), note(150, 100, 64)]));
    const expected = ['on60@100', 'off60@150', 'on62@150', 'on64@150', 'off62@200', 'off64@250'];
    expect(play(state, [90, 100, 150, 200, 250, 400]).done).toEqual(expected);
    expect(play(state, [240, 400]).done).toEqual(expected);
  });

  it('says when it has to be asked again', () => {
    const state = takePlan(idleScheduler, plan(1, [note(100, 50), note(300)]));
    expect(advance(state, 0).nextMs).toBe(100);
    const playing = advance(state, 100);
    expect(playing.nextMs).toBe(150);
    expect(advance(playing.state, 150).nextMs).toBe(300);
    expect(advance(idleScheduler, 0).nextMs).toBeNull();
  });

  it('gives up notes that are too late, instead of stumbling through a bunch of them', () => {
    const notes = Array.from({ length: 20 }, (_, i) => note(i * 50, 40, 60 + i));
    const { done } = play(takePlan(idleScheduler, plan(1, notes)), [1000, 2000]);
    expect(done.filter((action) => action.startsWith('on')).length).toBeLessThanOrEqual(3);
    expect(done.filter((action) => action.startsWith('on')).length).toBe(
      done.filter((action) => action.startsWith('off')).length,
    );
  });

  it('ends a note before the same key is pressed again', () => {
    const state = takePlan(idleScheduler, plan(1, [note(100, 500), note(200, 100)]));
    expect(play(state, [100, 200, 300, 900]).done).toEqual([
      'on60@100',
      'off60@200',
      'on60@200',
      'off60@300',
    ]);
  });

  it('lets a sounding note end in its own time when the plan is replaced', () => {
    const begun = play(takePlan(idleScheduler, plan(1, [note(100, 500), note(300)])), [100]).state;
    expect(play(takePlan(begun, plan(2, [], 150)), [300, 600, 900]).done).toEqual(['off60@600']);
  });

  it('does not play a note twice when a plan is sent again', () => {
    const first = play(takePlan(idleScheduler, plan(1, [note(100, 50)])), [120]);
    expect(play(takePlan(first.state, plan(2, [note(100, 50), note(200)])), [250]).done).toEqual([
      'off60@150',
      'on60@200',
    ]);
  });

  it('is silent at once on panic, and stays so until a newer plan', () => {
    const playing = play(
      takePlan(idleScheduler, plan(5, [note(100, 500), note(110, 500, 64), note(300)])),
      [120],
    ).state;
    const { state, actions } = silence(playing, 130);
    expect(actions.map(({ type, pitch }) => `${type} ${pitch}`)).toEqual(['noteOff 60', 'noteOff 64']);
    expect(play(takePlan(state, plan(5, [note(300)])), [300, 900]).done).toEqual([]);
    expect(play(takePlan(state, plan(6, [note(300)])), [300, 900]).done).toEqual(['on60@300', 'off60@400']);
  });

  it('once hushed plays no plan, whoever sends it, until the visitor plays again', () => {
    const { state } = play(takePlan(idleScheduler, plan(1, [note(100)])), [100]);
    const { state: hushed, actions } = hush(state, 130);
    expect(actions.map(({ type, atMs }) => `${type} ${atMs}`)).toEqual(['noteOff 130']);
    const told = joinPlan(takePlan(hushed, plan(2, [note(150)])), plan(3, [note(160)]));
    expect(play(told, [150, 160, 400]).done).toEqual([]);
    const awake = takePlan(giveWay(told, 450).state, plan(4, [note(500)]));
    expect(play(awake, [500, 600]).done).toEqual(['on60@500', 'off60@600']);
  });

  it('once hushed is heard again when the server has stopped, too', () => {
    const stopped = silence(hush(idleScheduler, 100).state, 120).state;
    expect(play(takePlan(stopped, plan(1, [note(200)])), [200, 300]).done).toEqual(['on60@200', 'off60@300']);
  });

  it('stops what plays to an empty room at the visitor’s first key, and tells it from the duet to its last release', () => {
    const alone = { ...plan(1, [note(100, 5_000), note(200, 5_000, 64), note(300)]), alone: true };
    const { state, actions: begun } = advance(takePlan(idleScheduler, alone), 210);
    const { state: silent, actions: ended } = giveWay(state, 220);
    expect(ended.map(({ type, pitch, atMs }) => `${type} ${pitch} ${atMs}`)).toEqual([
      'noteOff 60 220',
      'noteOff 64 220',
    ]);
    expect([...begun, ...ended].filter(isOfDuet)).toEqual([]);
    expect(play(silent, [300, 6_000]).done).toEqual([]);
    expect(giveWay(silent, 230).actions).toEqual([]);
  });

  it('leaves a duet alone when the visitor plays on, also where its plan follows what was played to an empty room', () => {
    const alone = { ...plan(1, [note(100, 5_000)]), alone: true };
    const { state } = advance(takePlan(idleScheduler, alone), 110);
    const answering = advance(takePlan(state, plan(2, [note(150, 1_000, 72)], 120)), 160);
    expect(answering.actions.filter(isOfDuet)).toHaveLength(1);
    const { state: on, actions } = giveWay(answering.state, 170);
    expect(actions.map(({ pitch }) => pitch)).toEqual([60]);
    expect(play(on, [1_150]).done).toEqual(['off72@1150']);
  });

  it('follows a server that was restarted and counts its revisions from the start', () => {
    const playing = play(takePlan(idleScheduler, plan(40, [note(100, 500), note(300)])), [150]).state;
    const joined = joinPlan(playing, emptyPlan);
    expect(play(joined, [300, 700]).done).toEqual(['off60@600']);
    expect(play(takePlan(joined, plan(1, [note(800)])), [800, 900]).done).toEqual([
      'off60@600',
      'on60@800',
      'off60@900',
    ]);
  });

  it('plays on after a gap in the network, and nothing twice', () => {
    const inForce = plan(7, [note(100, 50), note(200, 50)]);
    const playing = play(takePlan(idleScheduler, inForce), [120]).state;
    expect(play(joinPlan(playing, inForce), [160, 260]).done).toEqual(['off60@150', 'on60@200', 'off60@250']);
  });

  it('leaves no key down and presses none twice, whatever plans come when', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = createRandom(seed).next;
      let state = idleScheduler;
      const down = new Set<string>();
      let nowMs = 0;
      const take = (actions: PlayerAction[]) => {
        for (const { type, voice, pitch } of actions) {
          const key = `${voice} ${pitch}`;
          expect(down.has(key), `seed ${seed}: ${type} ${key} at ${nowMs}`).toBe(type === 'noteOff');
          if (type === 'noteOn') down.add(key);
          else down.delete(key);
        }
      };
      for (let revision = 1; revision <= 40; revision++) {
        const notes = Array.from({ length: Math.floor(random() * 8) }, () =>
          note(nowMs + random() * 600 - 100, random() * 400, 60 + Math.floor(random() * 4)),
        ).sort((a, b) => a.onsetMs - b.onsetMs);
        const next = plan(revision - Math.floor(random() * 3), notes, nowMs - 50, nowMs + random() * 200);
        state = random() < 0.1 ? joinPlan(state, next) : takePlan(state, next);
        if (random() < 0.05) {
          const silenced = silence(state, nowMs);
          take(silenced.actions);
          state = silenced.state;
          expect(down.size, `seed ${seed}: panic`).toBe(0);
        }
        nowMs += random() * 300;
        const advanced = advance(state, nowMs);
        take(advanced.actions);
        state = advanced.state;
        expect(state.sounding.length, `seed ${seed}`).toBe(down.size);
      }
      take(advance(joinPlan(state, emptyPlan), nowMs + 10_000).actions);
      expect(down.size, `seed ${seed}: at the end`).toBe(0);
    }
  });
});
