/** `npm run setup:gpu`: fetches the native GPU libraries that a plain install leaves out, and checks that they compute. */
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Architecture, loadModel, stepNetwork, zeroState } from '@antiphon/core/models';
import { type Backend, createKernel, nameOfBackend, ResidentRunner } from '@antiphon/core/runtime';
import { describeDevices, findDevices } from './devices.js';
import { isHere, type Library, leftoversOf, libraries, planFor } from './libraries.js';
import { type Check, verdictOf } from './verdict.js';

const usage = `npm run setup:gpu -- [options]      prepares this machine's GPU for the models (several hundred MB)

  --check    fetch nothing, only say what is here and whether it computes
  --help     this text
`;

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const require = createRequire(import.meta.url);
const TIMED_STEPS = 50;

const backends: Backend[] = [
  { library: 'onnx', provider: 'cuda' },
  { library: 'onnx', provider: 'webgpu' },
  { library: 'onnx', provider: 'cpu' },
  { library: 'tensorflow' },
];

const { values } = parseArgs({
  options: { check: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
});

if (values.help) console.log(usage);
else process.exit(await setUp());

async function setUp(): Promise<number> {
  const devices = findDevices();
  console.log(describeDevices(devices).join('\n'));
  const hasNvidia = devices.nvidia !== null;
  const notFetched = values.check
    ? []
    : libraries.filter((library) => !provide(library, hasNvidia)).map(({ name }) => name);
  console.log('\nSelf-check with the bundled melody model:');
  const { architecture } = await loadModel(join(root, 'packages/core/checkpoints/melody'));
  const checks: Check[] = [];
  for (const backend of backends) checks.push(await check(backend, architecture));
  const { lines, exitCode } = verdictOf(checks, { hasDevice: hasNvidia || devices.other, notFetched });
  console.log(lines.join('\n'));
  return exitCode;
}

/** Answers false where it was wanted and could not be fetched. */
function provide(library: Library, hasNvidia: boolean): boolean {
  const { name, what, script, args, environment } = library;
  const folder = folderOf(name);
  const plan = planFor(library, folder === null ? null : filesOf(folder), hasNvidia);
  console.log(`\n${what} (${name}): ${plan.action === 'leave' ? plan.why : 'fetching ...'}`);
  if (!folder || plan.action === 'leave') return true;
  const env = { ...process.env, ...environment };
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: folder, stdio: 'inherit', env });
  if (status === 0 && isHere(library, filesOf(folder))) return true;
  for (const file of leftoversOf(library, filesOf(folder))) rmSync(join(folder, file));
  return false;
}

/** Null for an optional package that is not installed. */
function folderOf(name: string): string | null {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}

/** Written with / on every system. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map((file) => String(file).replaceAll(sep, '/'));
}

/** Steps a network once, compares it with the plain one, and measures some steps more. */
async function check(backend: Backend, architecture: Architecture): Promise<Check> {
  const input = { indices: [14] };
  const expected = stepNetwork(architecture, zeroState(architecture), input).logits[0] as Float64Array;
  const runner = new ResidentRunner((given) => createKernel(given, backend));
  try {
    await runner.load(architecture);
    const [logits] = (await runner.step({ slots: [0], inputs: [[input]] })) as [Float32Array];
    const worst = Math.max(...expected.map((value, i) => Math.abs(value - (logits[i] ?? Number.NaN))));
    const startMs = performance.now();
    for (let i = 0; i < TIMED_STEPS; i++) await runner.step({ slots: [0], inputs: [[input]] });
    const stepMs = (performance.now() - startMs) / TIMED_STEPS;
    await runner.close();
    return { runner: runner.name, status: 'computed', worst, stepMs };
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('\n');
    return { runner: nameOfBackend(backend), status: 'missing', reason };
  }
}
