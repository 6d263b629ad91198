import type { Health, ModeView, StationView } from '@antiphon/protocol';
import { countOf } from '../ui/count-of';
import { ago, timeOfDay } from '../ui/time';
import { noteName } from './note-name';

/** Above these an operator should look at the network, or at what else the machine does. */
const SLOW_ROUND_TRIP_MS = 100;
const LATE_MS = 20;

/** What a station plays, and how it is. */
export function StationFacts({
  station,
  mode,
  nowMs,
  wide,
}: {
  station: StationView;
  mode: ModeView | undefined;
  nowMs: number;
  /** There is room for more than two columns. */
  wide: boolean;
}) {
  const { assignment, session, lastNote, health } = station;
  return (
    <dl className={`grid grid-cols-2 gap-x-4 gap-y-3 text-sm ${wide ? 'md:grid-cols-4' : ''}`}>
      <Fact name="Mode" value={mode?.title ?? assignment.mode} />
      <Fact name="Model" value={assignment.model ?? 'standard'} />
      <Fact
        name="Last note"
        value={lastNote ? `${noteName(lastNote.pitch)} · ${lastNote.player}` : '–'}
        detail={lastNote ? ago(lastNote.at, nowMs) : null}
      />
      <Fact
        name="Session"
        value={session ? countOf(session.notes, 'note') : '–'}
        detail={session ? `since ${timeOfDay(session.startedAt)}` : null}
      />
      {session?.tempoBpm && <Fact name="Tempo" value={`${Number(session.tempoBpm.toFixed(1))} bpm`} />}
      {health && <HealthFacts health={health} />}
    </dl>
  );
}

function HealthFacts({ health }: { health: Health }) {
  const { keyboard, roundTripMs, clockUncertaintyMs, latenessP99Ms } = health;
  const missing = keyboard.status === 'missing';
  return (
    <>
      <Fact name="Keyboard" value={missing ? keyboard.reason : keyboard.name} alarming={missing} />
      <Fact
        name="Network"
        value={milliseconds(roundTripMs, 'there and back')}
        alarming={(roundTripMs ?? 0) > SLOW_ROUND_TRIP_MS}
      />
      <Fact name="Clock" value={milliseconds(clockUncertaintyMs, 'at most off')} />
      <Fact
        name="Notes late"
        value={milliseconds(latenessP99Ms, 'at worst')}
        alarming={(latenessP99Ms ?? 0) > LATE_MS}
      />
    </>
  );
}

function Fact({
  name,
  value,
  detail = null,
  alarming = false,
}: {
  name: string;
  value: string;
  detail?: string | null;
  alarming?: boolean;
}) {
  return (
    <div className="min-w-0">
      <dt className="text-quiet text-xs">{name}</dt>
      <dd className={`break-words ${alarming ? 'text-danger' : ''}`}>
        <span className="mr-2 inline-block">{value}</span>
        {detail && <span className="inline-block text-quiet text-xs">{detail}</span>}
      </dd>
    </div>
  );
}

function milliseconds(value: number | null, what: string): string {
  return value === null ? '–' : `${value.toFixed(1)} ms ${what}`;
}
