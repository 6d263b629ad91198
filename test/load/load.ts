/** `npm run load`: many simulated stations play at once against a real server; prints how soon each was answered. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Operator } from '../harness/operator.js';
import { type RunningServer, startServer } from '../harness/server.js';
import { type PhraseNote, SimulatedStation } from '../harness/simulated-station.js';
import { until } from '../harness/until.js';
import { playAlong } from './playing-along.js';

const usage = `npm run load -- [options]

  --stations LIST   how many at once, one run each (default 1,16)
  --mode MODE       call-and-response or accompaniment (default call-and-response)
  --phrases N       phrases each of them plays (default 4)
  --bars N          bars each of them plays and is accompanied (default 16)
  --help            this text

Call and response: latency is counted from the end of the call, 600 ms after the last key was released, to the arrival of the first
note of the answer at the station. Accompaniment: from half a 16th before each 16th, when its plan is asked for, to the plan's arrival;
ISRw is StreamMUSE's weighted in-time success rate.
`;

/** The free-time rule of call and response: this long after the last release the call is over. */
const END_OF_CALL_MS = 600;

interface Answer {
  latencyMs: number;
  /** How long before its time the first note was there; negative is late. */
  leadMs: number;
  lateNotes: number;
}

function percentile(values: number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
}

function phrase(variation: number): PhraseNote[] {
  const degrees = [0, 2, 4, 5, 7, 9, 11, 12];
  return Array.from({ length: 6 }, (_, i) => ({
    pitch: 60 + (degrees[(i * (variation + 1)) % degrees.length] ?? 0),
    onsetMs: i * 250,
    durationMs: 200,
  }));
}

async function playPhrases(station: SimulatedStation, count: number, delayMs: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  await sleep(delayMs);
  for (let round = 0; round < count; round++) {
    const plansBefore = station.plans.length;
    const { endMs } = await station.play(phrase(round));
    const first = await until('an answer', () =>
      station.plans.slice(plansBefore).find(({ plan }) => plan.notes.length > 0),
    );
    await until('the visitor’s turn', () => station.turns.at(-1) === 'visitor', 60_000);
    const lateNotes = station.plans
      .slice(plansBefore)
      .flatMap(({ plan, arrivedMs }) => plan.notes.filter(({ onsetMs }) => onsetMs < arrivedMs)).length;
    answers.push({
      latencyMs: first.arrivedMs - (endMs + END_OF_CALL_MS),
      leadMs: (first.plan.notes[0]?.onsetMs ?? Number.NaN) - first.arrivedMs,
      lateNotes,
    });
  }
  return answers;
}

async function respond(stations: SimulatedStation[], phrases: number) {
  const answers = (
    await Promise.all(
      stations.map((station, i) => playPhrases(station, phrases, (i / stations.length) * 2_000)),
    )
  ).flat();
  const latencies = answers.map(({ latencyMs }) => latencyMs);
  return {
    answers: answers.length,
    'latency p50 ms': percentile(latencies, 0.5).toFixed(1),
    'latency p99 ms': percentile(latencies, 0.99).toFixed(1),
    'least lead ms': Math.min(...answers.map(({ leadMs }) => leadMs)).toFixed(1),
    'late notes': answers.reduce((sum, { lateNotes }) => sum + lateNotes, 0),
  };
}

async function accompany(stations: SimulatedStation[], bars: number, server: RunningServer) {
  const operator = await Operator.signIn(server.url, server.operatorPassword);
  const assignment = { mode: 'accompaniment', params: {} };
  for (const { stationId } of stations) {
    const response = await operator.request('PUT', `/api/stations/${stationId}/assignment`, assignment);
    if (!response.ok) throw new Error(`accompaniment cannot be assigned: ${await response.text()}`);
  }
  const played = await Promise.all(
    stations.map(async (station, i) => {
      await sleep((i / stations.length) * 2_000);
      return playAlong(station, bars);
    }),
  );
  const worths = played.flatMap((each) => each.worths);
  const latencies = played.flatMap(({ latenciesMs }) => latenciesMs);
  return {
    plans: latencies.length,
    'latency p50 ms': percentile(latencies, 0.5).toFixed(1),
    'latency p99 ms': percentile(latencies, 0.99).toFixed(1),
    ISRw: (worths.reduce((sum, worth) => sum + worth, 0) / worths.length).toFixed(4),
    'least ISRw': Math.min(
      ...played.map((each) => each.worths.reduce((sum, worth) => sum + worth, 0) / each.worths.length),
    ).toFixed(4),
    'late notes': played.reduce((sum, { lateNotes }) => sum + lateNotes, 0),
  };
}

const { values } = parseArgs({
  options: {
    stations: { type: 'string', default: '1,16' },
    mode: { type: 'string', default: 'call-and-response' },
    phrases: { type: 'string', default: '4' },
    bars: { type: 'string', default: '16' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) {
  console.log(usage);
} else {
  const rows = [];
  for (const count of values.stations.split(',').map(Number)) {
    await using server = await startServer({ environment: { LOG_LEVEL: 'warn' } });
    const stations = await Promise.all(
      Array.from({ length: count }, () => SimulatedStation.join(server.url, { token: server.stationToken })),
    );
    const row =
      values.mode === 'accompaniment'
        ? await accompany(stations, Number(values.bars), server)
        : await respond(stations, Number(values.phrases));
    for (const station of stations) await station[Symbol.asyncDispose]();
    rows.push({ stations: count, ...row });
  }
  console.table(rows);
}
