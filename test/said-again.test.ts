/** What the models said in duets is said again by an engine that has heard none of it: from the seed and what was asked alone. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadModel } from '@antiphon/core/models';
import { Course, type GeneratedStep, type ModeGenerationRequest } from '@antiphon/core/modes';
import { type Engine, type EngineSession, silentObserver, startEngine } from '@antiphon/core/runtime';
import type { Duet, DuetLog, DuetPage } from '@antiphon/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { portionsOf } from '../apps/server/src/sessions/portions.js';
import { moved } from '../apps/server/src/sessions/session-log.js';
import { Operator } from './harness/operator.js';
import { root, startServer } from './harness/server.js';
import { type PhraseNote, SimulatedStation } from './harness/simulated-station.js';
import { until } from './harness/until.js';

const MODES = [
  'call-and-response',
  'accompaniment',
  'lead',
  'morphing',
  'call-and-response',
  'accompaniment',
];

/** Each visitor has a phrase of their own. */
const phraseOf = (visitor: number): PhraseNote[] =>
  Array.from({ length: 8 }, (_, i) => ({
    pitch: 55 + ((visitor * 5 + i * (2 + (visitor % 3))) % 20),
    onsetMs: i * 250 + visitor * 17,
    durationMs: 200,
  }));

interface Answer {
  model: string;
  request: ModeGenerationRequest;
  /** As far as it was heard. */
  steps: GeneratedStep[];
}

/** What the modes asked, which the log leaves out since they ask it again, with what they were answered. */
function answersIn({ seed, entries }: DuetLog): Answer[] {
  const [first, ...heard] = entries;
  if (first?.type !== 'assigned') throw new Error('the log does not say what was assigned first');
  const course = new Course(seed, first);
  const requests = new Map<number, ModeGenerationRequest>();
  const latest = new Map<number, Answer>();
  const answers: Answer[] = [];
  for (const { heardMs, ...event } of heard) {
    if (event.type === 'asked') {
      const request = requests.get(event.requestId) as ModeGenerationRequest;
      const answer: Answer = { model: event.model, request, steps: [] };
      answers.push(answer);
      latest.set(event.requestId, answer);
      continue;
    }
    if (event.type === 'generated') latest.get(event.requestId)?.steps.push(...event.steps);
    for (const effect of course.hear(event, heardMs))
      if (effect.type === 'generate') requests.set(effect.requestId, effect.request);
  }
  return answers;
}

/** As many steps as were heard then. */
async function sayAgain(session: EngineSession, { request, steps }: Answer): Promise<GeneratedStep[]> {
  const said: GeneratedStep[] = [];
  for await (const portion of portionsOf(session, request, new AbortController().signal)) {
    said.push(...portion.steps);
    if (said.length >= steps.length) break;
  }
  return said.slice(0, steps.length);
}

const withoutProbability = (steps: readonly GeneratedStep[]) =>
  steps.map(({ logProbability: _, ...said }) => said);

describe('what was generated in a booth', () => {
  let engine: Engine;
  beforeAll(async () => {
    const folder = join(root, 'packages/core/checkpoints');
    const models = await Promise.all((await readdir(folder)).map((name) => loadModel(join(folder, name))));
    engine = await startEngine({
      models,
      runner: 'onnx',
      observer: silentObserver,
      nowMs: () => performance.now(),
      onBroken: ({ id }, reason) => expect.fail(`${id}: ${reason}`),
    });
  });
  afterAll(() => engine.close());

  it('is generated again, step by step and by the same chance, by a fresh engine without the others', async () => {
    const environment = { SESSION_IDLE_SECONDS: '3', INFERENCE_RUNNER: 'onnx' };
    await using server = await startServer({ environment });
    const operator = await Operator.signIn(server.url, server.operatorPassword);
    const stations = await Promise.all(
      MODES.map(() => SimulatedStation.join(server.url, { token: server.stationToken })),
    );
    const assigned = stations.map(({ stationId }, i) =>
      operator.request('PUT', `/api/stations/${stationId}/assignment`, { mode: MODES[i], params: {} }),
    );
    for (const { status } of await Promise.all(assigned)) expect(status).toBe(200);
    const crowd = Array.from({ length: 24 }, (_, seed) =>
      operator.request('POST', '/api/generate', { primer: [60, -2, 64, -2], steps: 1024, seed }),
    );
    await Promise.all([...stations.map((station, i) => station.play(phraseOf(i))), ...crowd]);
    const duets = await until(
      'the end of every session',
      async () => {
        const page = await operator.get<DuetPage>('/api/duets');
        return page.duets.length === MODES.length && page.duets.every(({ endedAt }) => endedAt) && page.duets;
      },
      40_000,
    );
    for (const station of stations) await station[Symbol.asyncDispose]();

    const models = new Set<string>();
    let steps = 0;
    for (const { id } of duets) {
      const { startedAt } = await operator.get<Duet>(`/api/duets/${id}`);
      const log = await operator.get<DuetLog>(`/api/duets/${id}/log`);
      const entries = log.entries.map((entry) => moved(entry, Date.parse(startedAt)));
      const sessions = new Map<string, EngineSession>();
      for (const answer of answersIn({ ...log, entries })) {
        const { model } = answer;
        const session = sessions.get(model) ?? engine.open({ model, seed: log.seed });
        sessions.set(model, session);
        const said = await sayAgain(session, answer);
        expect(withoutProbability(said)).toEqual(withoutProbability(answer.steps));
        said.forEach(({ logProbability }, i) => {
          expect(logProbability).toBeCloseTo(answer.steps[i]?.logProbability as number, 3);
        });
        models.add(model);
        steps += said.length;
      }
    }
    expect([...models].sort()).toEqual(['accompaniment', 'improv', 'melody']);
    expect(steps).toBeGreaterThan(300);
  });
});
