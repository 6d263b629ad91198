/**
 * What was played and not yet acknowledged, on disk: one JSON line a chunk and one an acknowledgement. A restarted station goes on with
 * it, so nothing is lost to a pulled plug; a line that was cut short is passed over. When the disk fails the music goes on from memory.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Played, type PlayedStore } from '@antiphon/protocol';
import { z } from 'zod';
import { LineFile } from './line-file.js';

const Line = z.union([
  z.object({ runId: z.uuid() }),
  z.object({ chunk: Played }),
  z.object({ acknowledged: z.number().int() }),
]);
type Line = z.infer<typeof Line>;

/** Acknowledged lines are cleared away once there are so many. */
const COMPACT_AFTER = 2_000;

/** `onProblem` is told once when the disk begins to fail. Throws where the journal there is cannot be read. */
export function openJournal(folder: string, onProblem: (problem: string) => void): PlayedStore {
  const file = new LineFile(join(folder, 'journal.jsonl'));
  const kept = readKept(file);
  const run = kept.runId ?? randomUUID();
  let { waiting, sequence } = kept;
  let acknowledgements = 0;
  let failing = false;
  const onDisk = (act: () => void) => {
    try {
      act();
      failing = false;
    } catch (error) {
      if (!failing) onProblem((error as Error).message);
      failing = true;
    }
  };
  const rewrite = () => {
    acknowledgements = 0;
    const lines: Line[] = [
      { runId: run },
      { acknowledged: sequence },
      ...waiting.map((chunk) => ({ chunk })),
    ];
    onDisk(() => file.replace(lines));
  };
  /** After a failure the file may end in half a line, and lacks others: it is written anew. */
  const write = (line: Line) => (failing ? rewrite() : onDisk(() => file.append(line)));
  rewrite();
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

/** The run that still has chunks to send; else none, and a new one begins. */
function readKept(file: LineFile): { runId: string | null; sequence: number; waiting: Played[] } {
  let runId: string | null = null;
  let sequence = 0;
  const waiting = new Map<number, Played>();
  for (const json of file.read()) {
    const { success, data: line } = Line.safeParse(json);
    if (!success) continue;
    if ('runId' in line) runId = line.runId;
    else if ('chunk' in line) {
      waiting.set(line.chunk.sequence, line.chunk);
      sequence = Math.max(sequence, line.chunk.sequence);
    } else {
      waiting.delete(line.acknowledged);
      sequence = Math.max(sequence, line.acknowledged);
    }
  }
  if (runId === null || waiting.size === 0) return { runId: null, sequence: 0, waiting: [] };
  return { runId, sequence, waiting: [...waiting.values()] };
}
