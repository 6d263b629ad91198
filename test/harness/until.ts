import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `find` answers something; fails with what was waited for. */
export async function until<T>(
  what: string,
  find: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  timeoutMs = 20_000,
): Promise<T> {
  const endMs = Date.now() + timeoutMs;
  while (true) {
    const found = await find();
    if (found) return found;
    if (Date.now() > endMs) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`);
    await sleep(20);
  }
}
