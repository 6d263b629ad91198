/** `npm run bench`: how fast the engine is on this machine, as ratios of one run. Prints tables and writes them as JSON. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Backend } from '@antiphon/core/runtime';
import { type Extent, wholeExtent } from './extent.js';
import { describeMachine } from './machine.js';
import { measureResponseTime } from './response-time.js';
import { measureStationTiming } from './station/station-timing.js';
import { measureStepsPerSecond } from './steps-per-second.js';
import { measureSustainedSessions } from './sustained-sessions.js';

const backends: Record<string, Backend> = {
  'onnx:cpu': { library: 'onnx', provider: 'cpu' },
  'onnx:webgpu': { library: 'onnx', provider: 'webgpu' },
  'onnx:cuda': { library: 'onnx', provider: 'cuda' },
  tensorflow: { library: 'tensorflow' },
};

const usage = `npm run bench -- [options]      measures the engine on this machine (some minutes)

  --backend NAME  what the engine runs on: ${Object.keys(backends).join(', ')} (default onnx:cpu)
  --only NAMES    steps, response, sustained, station (which has to be built); all without it
  --out FILE      where the figures are written as JSON (default bench.json)
  --help          this text
`;

type Measure = (backend: Backend, extent: Extent) => Promise<object[]>;

const tables: Record<string, { title: string; measure: Measure }> = {
  steps: { title: 'Generated steps a second, sampling included', measure: measureStepsPerSecond },
  response: { title: 'An answer of two bars to a call of two bars, 2x256', measure: measureResponseTime },
  sustained: { title: 'Sessions stepped every 16th at 120 bpm, 2x256', measure: measureSustainedSessions },
  station: { title: 'Key to thru at a station, and how late it plays', measure: measureStationTiming },
};

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'onnx:cpu' },
    only: { type: 'string' },
    out: { type: 'string', default: 'bench.json' },
    help: { type: 'boolean', short: 'h' },
  },
});

/** Throws Error that says what is not there or does not work. */
async function main(): Promise<void> {
  const backend = found('backend', values.backend, backends);
  const chosen = (values.only?.split(',') ?? Object.keys(tables)).map((name) => ({
    name,
    ...found('table', name, tables),
  }));
  const machine = await describeMachine(backend);
  console.log(machine);
  const results: Record<string, object[]> = {};
  for (const { name, title, measure } of chosen) {
    console.log(`\n${title} ...`);
    results[name] = await measure(backend, wholeExtent);
    console.table(results[name]);
  }
  writeFileSync(values.out, `${JSON.stringify({ machine, results }, null, 2)}\n`);
}

function found<T>(what: string, name: string, among: Record<string, T>): T {
  const one = among[name];
  if (!one) throw new Error(`there is no ${what} "${name}"\n\n${usage}`);
  return one;
}

if (values.help) console.log(usage);
else
  try {
    await main();
    process.exit(0);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
