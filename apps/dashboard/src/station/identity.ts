/** Who this tab is to the server, over reloads: its station, its token, and the notes not yet acknowledged. */
import type { Played, PlayedStore } from '@antiphon/protocol';

const STATION = 'antiphon.station';
const RUN = 'antiphon.run';
const TOKEN = 'antiphon.token';

/** A tab keeps its own station once it had to take one; otherwise all tabs of a browser are the same. */
export function stationId(): string {
  const own = sessionStorage.getItem(STATION) ?? localStorage.getItem(STATION);
  if (own) return own;
  const fresh = randomId();
  localStorage.setItem(STATION, fresh);
  return fresh;
}

/** For a second tab of the same browser. */
export function becomeAnotherStation(): string {
  const fresh = randomId();
  sessionStorage.setItem(STATION, fresh);
  return fresh;
}

/** Survives a reload of the tab, in the browser's session storage. */
export function createPlayedStore(): PlayedStore {
  const run = loadRun();
  const save = () => sessionStorage.setItem(RUN, JSON.stringify(run));
  return {
    runId: run.runId,
    append(events) {
      const chunk = { sequence: ++run.sequence, events };
      run.waiting.push(chunk);
      save();
      return chunk;
    },
    acknowledge(sequence) {
      run.waiting = run.waiting.filter((chunk) => chunk.sequence !== sequence);
      save();
    },
    waiting: () => run.waiting,
  };
}

interface Run {
  runId: string;
  sequence: number;
  waiting: Played[];
}

function loadRun(): Run {
  try {
    const run: Run = JSON.parse(sessionStorage.getItem(RUN) ?? '');
    if (run.runId && Array.isArray(run.waiting)) return run;
  } catch {
    // none yet, or not ours: a new run begins
  }
  return { runId: randomId(), sequence: 0, waiting: [] };
}

/** `crypto.randomUUID` exists only where there is https. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** From the address's fragment, from an earlier visit, or from the server if this is its own machine. Null: a person has to type it. */
export async function findToken(): Promise<string | null> {
  const fromAddress = new URLSearchParams(location.hash.slice(1)).get('token');
  if (fromAddress) {
    rememberToken(fromAddress);
    history.replaceState(null, '', location.pathname);
  }
  const known = fromAddress ?? localStorage.getItem(TOKEN);
  if (known) return known;
  const response = await fetch('/api/play/token').catch(() => null);
  return response?.ok ? (await response.json()).token : null;
}

export function rememberToken(token: string): void {
  localStorage.setItem(TOKEN, token);
}

export function forgetToken(): void {
  localStorage.removeItem(TOKEN);
}
