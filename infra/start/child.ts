/** A process of the booth: started in a group of its own, restarted when it dies, stopped with all that it started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

interface ChildOptions {
  name: string;
  script: string;
  args: string[];
  environment: Record<string, string>;
  /** One line of its output. */
  onLine: (line: string) => void;
  /** It died and is about to be started again. */
  onRestart: (how: string) => void;
}

const RESTART_DELAY_MS = 1_000;
const STOP_TIMEOUT_MS = 15_000; // PostgreSQL's clean shutdown, with room

export class Child {
  readonly #options: ChildOptions;
  #process: ChildProcess | null = null;
  #stopping = false;

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  /** Starts it, and resolves when it answers `ready`; rejects with its last lines when it exits before. */
  async start(ready: () => Promise<boolean>, timeoutMs: number): Promise<void> {
    const lastLines: string[] = [];
    const child = this.#spawn((line) => {
      lastLines.push(line);
      lastLines.splice(0, lastLines.length - 20);
    });
    const endMs = Date.now() + timeoutMs;
    while (!(await ready().catch(() => false))) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`The ${this.#options.name} stopped at its start:\n${lastLines.join('\n')}`);
      if (Date.now() > endMs)
        throw new Error(
          `The ${this.#options.name} did not answer within ${timeoutMs / 1000} s:\n${lastLines.join('\n')}`,
        );
      await sleep(50);
    }
    child.once('exit', (code, signal) => this.#restart(signal ?? `code ${code}`));
    if (child.exitCode !== null || child.signalCode !== null) this.#restart('at once');
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#process;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const timedOut = await Promise.race([
      exited.then(() => false),
      sleep(STOP_TIMEOUT_MS, true, { ref: false }),
    ]);
    if (timedOut) {
      if (process.platform === 'win32') child.kill('SIGKILL');
      else process.kill(-child.pid, 'SIGKILL');
    }
  }

  #spawn(onLine: (line: string) => void): ChildProcess {
    const { script, args, environment } = this.#options;
    const child = spawn(process.execPath, [...args, script], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: process.platform !== 'win32', // the terminal's Ctrl-C reaches only the parent, which stops children in order
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      let partial = '';
      stream?.setEncoding('utf8').on('data', (text: string) => {
        const lines = (partial + text).split('\n');
        partial = lines.pop() ?? '';
        for (const line of lines) {
          onLine(line);
          this.#options.onLine(line);
        }
      });
    }
    return child;
  }

  #restart(how: string): void {
    if (this.#stopping) return;
    this.#options.onRestart(how);
    setTimeout(() => {
      if (this.#stopping) return;
      this.#spawn(() => {}).once('exit', (code, signal) => this.#restart(signal ?? `code ${code}`));
    }, RESTART_DELAY_MS);
  }
}
