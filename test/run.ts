/** Runs every test: installs what they need, builds, and closes with one line that counts them. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installSystemPackages } from './system-packages.js';

const usage = `npm test -- [options] [filter ...]      all tests, or those whose file names hold a filter

  --unit     only the tests beside the code
  --check    lint and types first, as npm run check does
  --help     this text
`;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const environment = {
  ...process.env,
  TURBO_TELEMETRY_DISABLED: '1',
  NEXT_TELEMETRY_DISABLED: '1',
  CHECKPOINT_DISABLE: '1',
};

export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { unit: { type: 'boolean' }, check: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  if (!values.unit) installSystemPackages();
  const steps: [string, string[]][] = [
    ['build', ['turbo', 'run', 'build', '--output-logs=errors-only']],
    ...(values.check
      ? ([
          ['lint', ['biome', 'check', '--error-on-warnings', '.']],
          ['types', ['npm', 'run', '--silent', 'types']],
        ] as [string, string[]][])
      : []),
  ];
  const failedSteps = steps.filter(([name, command]) => {
    console.log(`${name} ...`);
    return run(command).status !== 0;
  });
  const tests = runVitest(values.unit === true, positionals);
  for (const [name] of failedSteps) console.log(`failed: ${name}`);
  const passed = tests.passed + steps.length - failedSteps.length;
  const failed = tests.failed + failedSteps.length;
  console.log(`${passed} passed, ${failed} failed${tests.skipped > 0 ? `, ${tests.skipped} skipped` : ''}`);
  return failed === 0 ? 0 : 1;
}

function run([command = '', ...args]: string[]) {
  const local = join(root, 'node_modules', '.bin', command);
  return spawnSync(existsSync(local) ? local : command, args, {
    cwd: root,
    stdio: 'inherit',
    env: environment,
  });
}

/** A run that ends badly without a failed test (a crash, an unhandled error, no test found) counts as one failure. */
function runVitest(
  unitOnly: boolean,
  filters: string[],
): { passed: number; failed: number; skipped: number } {
  const cache = join(root, 'test', '.cache');
  const report = join(cache, 'vitest.json');
  mkdirSync(cache, { recursive: true });
  rmSync(report, { force: true });
  const { status } = run([
    'vitest',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...(unitOnly ? ['--project', 'unit'] : []),
    ...filters,
  ]);
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const counts = JSON.parse(readFileSync(report, 'utf8'));
  const failedSuites = counts.testResults.filter(
    (suite: { status: string; assertionResults: { status: string }[] }) =>
      suite.status === 'failed' && !suite.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = counts.numFailedTests + failedSuites;
  return {
    passed: counts.numPassedTests,
    failed: status !== 0 && failed === 0 ? 1 : failed,
    skipped: counts.numPendingTests,
  };
}
