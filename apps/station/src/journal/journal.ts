/**
 * What was played and not yet acknowledged, on disk: one JSON line a chunk and one an acknowledgement. A restarted station goes on with
 * it, so nothing is lost to a pulled plug; a line that was cut short is passed over.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Played, type PlayedStore } from '@antiphon/protocol';
import { z } from 'zod';

const Line = z.union([
  z.object({ runId: z.uuid() }),
  z.object({ chunk: Played }),
  z.object({ acknowledged: z.number().int() }),
]);
type Line = z.infer<typeof Line>;

/** Acknowledged lines are cleared away once there are so many. */
const COMPACT_AFTER = 2_000;

export function openJournal(folder: string): PlayedStore {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'journal.jsonl');
  const lines = existsSync(path) ? readLines(path) : [];
  let waiting: Played[] = [];
  let runId: string | null = null;
  let sequence = 0;
  for (const line of lines) {
    if ('runId' in line) runId = line.runId;
    else if ('chunk' in line) {
      waiting.push(line.chunk);
      sequence = Math.max(sequence, line.chunk.sequence);
    } else {
      waiting = waiting.filter((chunk) => chunk.sequence !== line.acknowledged);
      sequence = Math.max(sequence, line.acknowledged);
    }
  }
  if (waiting.length === 0) {
    runId = null;
    sequence = 0;
  }
  const run = runId ?? randomUUID();
  let acknowledgements = 0;
  const rewrite = () => {
    const kept: Line[] = [{ runId: run }, { acknowledged: sequence }, ...waiting.map((chunk) => ({ chunk }))];
    writeFileSync(path, kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
    acknowledgements = 0;
  };
  rewrite();
  const write = (line: Line) => appendFileSync(path, `${JSON.stringify(line)}\n`);
  return {
    runId: run,
    append(events) {
      const chunk = { sequence: ++sequence, events };
      waiting.push(chunk);
      write({ chunk });
      return chunk;
    },
    acknowledge(number) {
      waiting = waiting.filter((chunk) => chunk.sequence !== number);
      write({ acknowledged: number });
      if (++acknowledgements > COMPACT_AFTER) rewrite();
    },
    waiting: () => waiting,
  };
}

function readLines(path: string): Line[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text) => {
      try {
        const parsed = Line.safeParse(JSON.parse(text));
        return parsed.success ? [parsed.data] : [];
      } catch {
        return [];
      }
    });
}
