'use client';
import type { ModelView, ModeView, StationView } from '@antiphon/protocol';
import { useState } from 'react';
import { Button } from '../ui/button';
import { countOf } from '../ui/count-of';
import { ask } from './api';
import { noteName } from './note-name';
import { AssignmentForm } from './params-form';

const TURNS = { visitor: 'Visitor’s turn', listening: 'Listening', machine: 'Machine’s turn' };

/** One station: how it is, what it plays, and what an operator may do with it. */
export function StationCard({
  station,
  modes,
  models,
}: {
  station: StationView;
  modes: ModeView[];
  models: ModelView[];
}) {
  const [editing, setEditing] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const online = station.link.status === 'online';
  const modeTitle = modes.find(({ id }) => id === station.assignment.mode)?.title ?? station.assignment.mode;
  const act = async (work: Promise<unknown>) => {
    setProblem(null);
    await work.catch((error: Error) => setProblem(error.message));
  };
  const rename = () => {
    const name = window.prompt('Name of this station', station.name);
    if (name?.trim()) void act(ask('PATCH', `stations/${station.id}`, { name }));
  };
  const endSession = () => {
    if (
      window.confirm(`End the session at ${station.name}? The visitor begins a new one with their next note.`)
    )
      void act(ask('POST', `stations/${station.id}/end-session`));
  };
  const remove = () => {
    if (window.confirm(`Remove ${station.name}?`)) void act(ask('DELETE', `stations/${station.id}`));
  };
  return (
    <article
      aria-label={station.name}
      className="flex flex-col gap-4 rounded-2xl border border-line bg-panel p-5"
    >
      <header className="flex items-start justify-between gap-3">
        <div>
          <h2 className="flex items-center gap-2 font-semibold text-lg">
            <span className={`size-2.5 shrink-0 rounded-full ${online ? 'bg-machine' : 'bg-line'}`} />
            {station.name}
          </h2>
          <p className="text-quiet text-sm">
            {online ? 'online' : lastSeen(station)} · {station.kind === 'browser' ? 'browser' : 'hardware'}
          </p>
        </div>
        <span
          className={`rounded-full px-3 py-1 text-xs ${station.session ? 'bg-visitor/15 text-visitor' : 'bg-raised text-quiet'}`}
        >
          {station.session ? TURNS[station.turn] : 'idle'}
        </span>
      </header>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-2 text-sm">
        <Fact name="Mode" value={modeTitle} />
        <Fact
          name="Last note"
          value={station.lastNote ? `${noteName(station.lastNote.pitch)} · ${station.lastNote.player}` : '–'}
        />
        <Fact
          name="Session"
          value={
            station.session
              ? `${countOf(station.session.notes, 'note')} since ${clock(station.session.startedAt)}`
              : '–'
          }
        />
        <Fact
          name="Keyboard"
          value={keyboardOf(station)}
          alarming={station.health?.keyboard.status === 'missing'}
        />
        <Fact name="Network" value={milliseconds(station.health?.roundTripMs, 'round trip')} />
        <Fact name="Clock" value={milliseconds(station.health?.clockUncertaintyMs, 'uncertain', '±')} />
      </dl>
      {station.notice && (
        <p className="rounded-lg bg-visitor/10 p-3 text-sm text-visitor">{station.notice}</p>
      )}
      {problem && (
        <p role="alert" className="text-danger text-sm">
          {problem}
        </p>
      )}
      {editing && (
        <AssignmentForm
          stationId={station.id}
          assignment={station.assignment}
          modes={modes}
          models={models}
          onDone={() => setEditing(false)}
        />
      )}
      <footer className="mt-auto flex flex-wrap gap-2">
        <Button onClick={() => setEditing(!editing)} aria-expanded={editing}>
          {editing ? 'Close' : 'Mode'}
        </Button>
        <Button onClick={rename}>Rename</Button>
        {station.session && <Button onClick={endSession}>End session</Button>}
        {online && (
          <Button look="danger" onClick={() => void act(ask('POST', `stations/${station.id}/panic`))}>
            Panic
          </Button>
        )}
        {!online && (
          <Button look="danger" onClick={remove}>
            Remove
          </Button>
        )}
      </footer>
    </article>
  );
}

function Fact({ name, value, alarming = false }: { name: string; value: string; alarming?: boolean }) {
  return (
    <div className="min-w-0">
      <dt className="text-quiet text-xs">{name}</dt>
      <dd className={`truncate ${alarming ? 'text-danger' : ''}`} title={value}>
        {value}
      </dd>
    </div>
  );
}

function keyboardOf({ health }: StationView): string {
  if (!health) return '–';
  return health.keyboard.status === 'connected' ? health.keyboard.name : health.keyboard.reason;
}

function milliseconds(value: number | null | undefined, what: string, sign = ''): string {
  return value === null || value === undefined ? '–' : `${sign}${value.toFixed(1)} ms ${what}`;
}

function clock(time: string): string {
  return new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

function lastSeen({ link }: StationView): string {
  return link.status === 'offline' && link.lastSeenAt ? `last seen ${clock(link.lastSeenAt)}` : 'offline';
}
