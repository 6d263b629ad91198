/** `npm run bench`: how fast the engine is on this machine, as ratios of one run. Prints tables and writes them as JSON. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { measureResponseTime } from './response-time.js';
import { measureStationTiming } from './station/station-timing.js';
import { measureStepsPerSecond } from './steps-per-second.js';
import { measureSustainedSessions } from './sustained-sessions.js';

const usage = `npm run bench -- [options]      measures the engine on this machine (some minutes)

  --only NAMES    steps, response, sustained, station (which has to be built); all without it
  --out FILE      where the figures are written as JSON (default bench.json)
  --help          this text
`;

const tables: Record<string, { title: string; measure: () => Promise<object[]> }> = {
  steps: { title: 'Generated steps a second, sampling included', measure: measureStepsPerSecond },
  response: { title: 'An answer of two bars to a call of two bars, 2x256', measure: measureResponseTime },
  sustained: { title: 'Sessions stepped every 16th at 120 bpm, 2x256', measure: measureSustainedSessions },
  station: { title: 'Key to thru at a station, and how late it plays', measure: measureStationTiming },
};

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    out: { type: 'string', default: 'bench.json' },
    help: { type: 'boolean', short: 'h' },
  },
});

if (values.help) console.log(usage);
else {
  const version = (name: string) =>
    JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
  const machine = {
    at: new Date().toISOString(),
    cpu: `${cpus().length} x ${cpus()[0]?.model}`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    'onnxruntime-node': version('onnxruntime-node'),
    '@tensorflow/tfjs-core': version('@tensorflow/tfjs-core'),
    '@magenta/music': version('@magenta/music'),
  };
  console.log(machine);
  const results: Record<string, object[]> = {};
  for (const name of values.only?.split(',') ?? Object.keys(tables)) {
    const table = tables[name];
    if (!table) throw new Error(`there is no table "${name}"\n\n${usage}`);
    console.log(`\n${table.title} ...`);
    results[name] = await table.measure();
    console.table(results[name]);
  }
  writeFileSync(values.out, `${JSON.stringify({ machine, results }, null, 2)}\n`);
  process.exit(0);
}
