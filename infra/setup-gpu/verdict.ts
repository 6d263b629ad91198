/** What the self-check found, in words, and whether that is well. */

/** A runner that was tried: it computed with logits off by `worst` at most, or is not here. */
export type Check =
  | { runner: string; status: 'computed'; worst: number; stepMs: number }
  | { runner: string; status: 'missing'; reason: string };

interface Verdict {
  lines: string[];
  /** Not 0 where a runner computes wrongly, none computes, or something could not be fetched. */
  exitCode: number;
}

const TOLERANCE = 1e-3;
/** A runner is named after the device that computes. */
const ON_GPU = /\((cuda|webgpu|gpu)\)/;

export function verdictOf(
  checks: Check[],
  { hasDevice, notFetched }: { hasDevice: boolean; notFetched: string[] },
): Verdict {
  const right = checks.filter(isRight);
  const wrong = checks.filter((check) => check.status === 'computed' && !isRight(check));
  const lines = checks.map(lineOf);
  if (wrong.length > 0)
    lines.push(
      `${wrong.map(({ runner }) => runner).join(', ')} must not be used: it computes something else.`,
    );
  if (right.length === 0) lines.push('No runner computes here.');
  else if (hasDevice && !right.some(({ runner }) => ON_GPU.test(runner)))
    lines.push('There is a GPU, but no runner uses it. Models go on on the processor.');
  for (const name of notFetched)
    lines.push(
      `${name} was not fetched. It comes from outside the npm registry: is that reachable from here? The other runners are as they were.`,
    );
  return { lines, exitCode: wrong.length > 0 || right.length === 0 || notFetched.length > 0 ? 1 : 0 };
}

function isRight(check: Check): boolean {
  return check.status === 'computed' && check.worst < TOLERANCE;
}

function lineOf(check: Check): string {
  const name = `  ${check.runner.padEnd(20)}`;
  if (check.status === 'missing') return `${name} not here: ${check.reason}`;
  const { worst, stepMs } = check;
  return `${name} ${isRight(check) ? 'right' : 'WRONG'}, off by ${worst.toExponential(1)}, ${stepMs.toFixed(2)} ms a step`;
}
