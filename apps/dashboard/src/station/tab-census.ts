/** Which runs the open tabs of this browser play, so that none is played twice. Tabs ask each other; who has closed does not answer. */
import { randomId } from './random-id';

const CHANNEL = 'antiphon.tabs';
/** An open tab answers within a few ms, also in the background. */
const ANSWER_MS = 250;

type CensusMessage =
  | { type: 'whoPlays'; runIds: string[]; asker: string }
  | { type: 'iPlay'; runId: string; asker: string };

export class TabCensus {
  readonly #channel = new BroadcastChannel(CHANNEL);
  readonly #self = randomId();
  readonly #mine = new Set<string>();
  /** What this tab is asking for; of two tabs that ask at the same moment the one with the lower id goes first. */
  #wanted: string[] = [];
  #taken = new Set<string>();

  constructor() {
    this.#channel.onmessage = ({ data }: MessageEvent<CensusMessage>) => {
      if (data.type === 'whoPlays') this.#answer(data.runIds, data.asker);
      else if (data.asker === this.#self) this.#taken.add(data.runId);
    };
  }

  /** The first of these runs that no other tab plays is this tab's from now on. Null: there is none. */
  async claimFirst(runIds: string[]): Promise<string | null> {
    if (runIds.length === 0) return null;
    this.#taken.clear();
    this.#wanted = runIds;
    this.#channel.postMessage({ type: 'whoPlays', runIds, asker: this.#self } satisfies CensusMessage);
    await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
    const free = runIds.find((runId) => !this.#taken.has(runId)) ?? null;
    if (free) this.claim(free);
    this.#wanted = [];
    return free;
  }

  claim(runId: string): void {
    this.#mine.add(runId);
  }

  close(): void {
    this.#channel.close();
  }

  #answer(runIds: string[], asker: string): void {
    for (const runId of runIds) {
      const wanted = this.#wanted.includes(runId);
      if (this.#mine.has(runId) || (wanted && this.#self < asker))
        this.#channel.postMessage({ type: 'iPlay', runId, asker } satisfies CensusMessage);
      else if (wanted) this.#taken.add(runId);
    }
  }
}
