/** `npm run setup:gpu`: fetches the native GPU libraries that a plain install leaves out, and checks that they compute. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadModel, stepNetwork, zeroState } from '@antiphon/core/models';
import { type Backend, createKernel, nameOfBackend, ResidentRunner } from '@antiphon/core/runtime';

const usage = `npm run setup:gpu -- [options]      prepares this machine's GPU for the models (several hundred MB)

  --check    fetch nothing, only say what is here and whether it computes
  --help     this text
`;

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const require = createRequire(import.meta.url);

/** The packages' own install scripts, which npm is told not to run. */
const downloads = [
  {
    name: 'onnxruntime-node',
    what: 'CUDA libraries for ONNX Runtime',
    script: 'script/install.js',
    args: [],
    environment: { ONNXRUNTIME_NODE_INSTALL: 'cuda12' },
    brings: /onnxruntime_providers_cuda/,
  },
  {
    name: '@tensorflow/tfjs-node-gpu',
    what: 'libtensorflow with CUDA',
    script: 'scripts/install.js',
    args: ['gpu', 'download'],
    environment: {},
    brings: /tfjs_binding\.node$/,
  },
];

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
else {
  const device = sayWhatIsHere();
  const failed = values.check ? [] : fetchLibraries();
  const works = await checkRunners();
  if (device && !works)
    console.log('\nThere is a GPU, but no runner uses it. Models go on on the processor.');
  process.exit(failed.length > 0 ? 1 : 0);
}

function sayWhatIsHere(): boolean {
  const query = ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'];
  const nvidia = spawnSync('nvidia-smi', query, { encoding: 'utf8' });
  const devices = nvidia.status === 0 ? nvidia.stdout.trim() : '';
  const cuda = /CUDA Version: ([\d.]+)/.exec(spawnSync('nvidia-smi', { encoding: 'utf8' }).stdout ?? '')?.[1];
  console.log(`NVIDIA device:   ${devices || 'none (nvidia-smi finds none)'}`);
  console.log(`CUDA of driver:  ${cuda ?? 'none'}`);
  console.log(
    `Other GPU:       ${existsSync('/dev/dri') ? '/dev/dri is here; WebGPU may use it through Vulkan' : 'none (/dev/dri is missing)'}`,
  );
  return devices !== '' || existsSync('/dev/dri');
}

function fetchLibraries(): string[] {
  return downloads
    .filter(({ name, what, script, args, environment, brings }) => {
      const folder = dirname(require.resolve(`${name}/package.json`));
      console.log(`\nFetching ${what} (${name}) ...`);
      const fetched = spawnSync(process.execPath, [script, ...args], {
        cwd: folder,
        stdio: 'inherit',
        env: { ...process.env, ...environment },
      });
      const isHere = readdirSync(folder, { recursive: true }).some((file) => brings.test(String(file)));
      if (fetched.status !== 0 || !isHere)
        console.log(
          `${name}: not fetched. It comes from outside the npm registry: is that reachable from here? Nothing was changed for the other runners.`,
        );
      return fetched.status !== 0 || !isHere;
    })
    .map(({ name }) => name);
}

/** Every runner steps the bundled model once and is compared with the plain network. Answers whether one on a GPU is right. */
async function checkRunners(): Promise<boolean> {
  console.log('\nSelf-check with the bundled melody model:');
  const { architecture } = await loadModel(join(root, 'packages/core/checkpoints/melody'));
  const input = { indices: [14] };
  const expected = stepNetwork(architecture, zeroState(architecture), input).logits[0] as Float64Array;
  let onGpu = false;
  for (const backend of backends) {
    const runner = new ResidentRunner((given) => createKernel(given, backend));
    try {
      await runner.load(architecture);
      const [logits] = (await runner.step({ slots: [0], inputs: [[input]] })) as [Float32Array];
      const worst = Math.max(...expected.map((value, i) => Math.abs(value - (logits[i] ?? Number.NaN))));
      const startMs = performance.now();
      for (let i = 0; i < 50; i++) await runner.step({ slots: [0], inputs: [[input]] });
      const stepMs = (performance.now() - startMs) / 50;
      const right = worst < 1e-3;
      console.log(
        `  ${runner.name.padEnd(20)} ${right ? 'right' : 'WRONG'}, off by ${worst.toExponential(1)}, ${stepMs.toFixed(2)} ms a step`,
      );
      onGpu ||= right && /cuda|webgpu|gpu/.test(runner.name);
      await runner.close();
    } catch (error) {
      console.log(
        `  ${nameOfBackend(backend).padEnd(20)} not here: ${(error as Error).message.split('\n')[0]}`,
      );
    }
  }
  return onGpu;
}
