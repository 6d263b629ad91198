/** Reads a source in a thread of its own: the booth plays on meanwhile, and a file that keeps the reader busy without end is given up. */
import { once } from 'node:events';
import { AppError } from '../../app-error.js';
import { startThread } from '../../start-thread.js';
import type { Imported } from './settle.js';

/** The largest models take seconds. */
const GIVEN_UP_MS = 60_000;
/** Beside the weights, which lie outside the heap and are bounded by the reader. */
const HEAP_MEGABYTES = 512;

export type ImportAnswer = { ok: true; imported: Imported } | { ok: false; code: string; message: string };

/** As `importLocally`. */
export async function importApart(path: string): Promise<Imported> {
  const thread = startThread('import-worker', import.meta.url, {
    workerData: { path },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
  });
  try {
    const [answer] = (await once(thread, 'message', { signal: AbortSignal.timeout(GIVEN_UP_MS) })) as [
      ImportAnswer,
    ];
    if (answer.ok) return answer.imported;
    throw new AppError(answer.code, answer.message);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const { name, message } = cause as Error;
    const reason = name === 'AbortError' ? `takes more than ${GIVEN_UP_MS / 1000} s` : `fails: ${message}`;
    throw new AppError('badCheckpoint', `reading ${path} ${reason}; it is given up`, { cause });
  } finally {
    await thread.terminate();
  }
}
