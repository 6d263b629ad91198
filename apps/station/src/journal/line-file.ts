/** A file of JSON lines that outlives a pulled plug: appended to, synced soon after, and replaced as a whole or not at all. */
import { closeSync, fdatasync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';

/** What is lost at worst when the power goes. */
const SYNC_WITHIN_MS = 100;

export class LineFile {
  readonly #path: string;
  #fd: number | null = null;
  #syncing: NodeJS.Timeout | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** Lines that are no JSON, such as one cut short, are left out. */
  read(): unknown[] {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    return text.split('\n').flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return [];
      }
    });
  }

  append(line: unknown): void {
    this.#fd ??= openSync(this.#path, 'a');
    writeSync(this.#fd, `${JSON.stringify(line)}\n`);
    this.#syncing ??= setTimeout(() => {
      this.#syncing = null;
      if (this.#fd !== null) fdatasync(this.#fd, () => {}); // a disk that fails says so at the next line
    }, SYNC_WITHIN_MS).unref();
  }

  replace(lines: unknown[]): void {
    const partial = `${this.#path}.partial`;
    writeFileSync(partial, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), { flush: true });
    renameSync(partial, this.#path);
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }
}
