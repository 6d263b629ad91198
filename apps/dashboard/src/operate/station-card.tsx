'use client';
import { actionsBefore, actionsWith } from '@antiphon/core/controls';
import type { ModelView, ModeView, StationView } from '@antiphon/protocol';
import Link from 'next/link';
import { useState } from 'react';
import { Button } from '../ui/button';
import { useConfirm } from '../ui/confirm';
import { ago } from '../ui/time';
import { ask } from './api';
import { ControlsPanel } from './controls-panel';
import { ModeActions } from './mode-actions';
import { AssignmentForm } from './params-form';
import { RenameForm } from './rename-form';
import { StationActions } from './station-actions';
import { StationFacts } from './station-facts';

const TURNS = {
  visitor: { words: 'Visitor’s turn', look: 'bg-visitor/15 text-visitor' },
  listening: { words: 'Listening', look: 'bg-listening/15 text-listening' },
  machine: { words: 'Machine’s turn', look: 'bg-machine/15 text-machine' },
  together: { words: 'Together', look: 'bg-machine/15 text-machine' },
};
const IDLE = { words: 'idle', look: 'bg-raised text-quiet' };
type Open = 'nothing' | 'mode' | 'controls' | 'name';

/** One station: how it is, what it plays, and what an operator may do with it. */
export function StationCard({
  station,
  modes,
  models,
  nowMs,
}: {
  station: StationView;
  modes: ModeView[];
  models: ModelView[];
  nowMs: number;
}) {
  const [open, setOpen] = useState<Open>('nothing');
  const [problem, setProblem] = useState<string | null>(null);
  const [confirm, dialog] = useConfirm();
  const { id, name, session } = station;
  const mode = modes.find((each) => each.id === station.assignment.mode);
  const online = station.link.status === 'online';
  const wide = open === 'mode' || open === 'controls';
  const turn = session && online ? TURNS[station.turn] : IDLE;
  const toggle = (what: Open) => setOpen(open === what ? 'nothing' : what);
  const act = async (work: Promise<unknown>) => {
    setProblem(null);
    await work.catch((error: Error) => setProblem(error.message));
  };
  return (
    <article
      aria-label={name}
      className={`flex flex-col gap-4 rounded-2xl border bg-panel p-5 transition ${online ? 'border-line' : 'border-line/60 opacity-80'} ${wide ? 'md:col-span-full' : ''}`}
    >
      <header className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="flex items-center gap-2 font-semibold text-lg">
            <span className={`size-2.5 shrink-0 rounded-full ${online ? 'bg-machine' : 'bg-line'}`} />
            <span className="truncate">{name}</span>
          </h2>
          <p className="text-quiet text-sm">
            {online ? 'online' : lastSeen(station, nowMs)} · {station.kind}
          </p>
        </div>
        <span className={`shrink-0 rounded-full px-3 py-1 text-xs ${turn.look}`}>{turn.words}</span>
      </header>
      <StationFacts station={station} mode={mode} nowMs={nowMs} wide={wide} />
      {session && (
        <div className="flex items-center justify-between gap-3">
          <Link
            href={`/operate/duets/${session.id}`}
            className="text-machine text-sm underline-offset-4 hover:underline"
          >
            See the duet
          </Link>
          <Button
            snug
            onClick={() =>
              confirm({
                title: `End the session at ${name}?`,
                consequence:
                  'The machine falls silent. The visitor begins a new session with their next note.',
                action: 'End session',
                act: () => ask('POST', `stations/${id}/end-session`),
              })
            }
          >
            End session
          </Button>
        </div>
      )}
      {online && (
        <ModeActions
          actions={(session ? actionsWith : actionsBefore)(station.assignment.params, mode?.actions ?? [])}
          switches={session?.switches ?? []}
          onAction={(action) => void act(ask('POST', `stations/${id}/actions`, { action }))}
        />
      )}
      {station.info && <p className="text-quiet text-sm">{station.info}</p>}
      {station.notices.map((notice) => (
        <p key={notice} role="status" className="rounded-lg bg-visitor/10 p-3 text-sm text-visitor">
          {notice}
        </p>
      ))}
      {problem && (
        <p role="alert" className="text-danger text-sm">
          {problem}
        </p>
      )}
      {open === 'name' && <RenameForm stationId={id} name={name} onDone={() => setOpen('nothing')} />}
      {open === 'mode' && (
        <AssignmentForm
          stationId={id}
          assignment={station.assignment}
          modes={modes}
          models={models}
          onDone={() => setOpen('nothing')}
        />
      )}
      {open === 'controls' && (
        <ControlsPanel
          station={station}
          modes={modes}
          onLearn={(target) => void act(ask('PUT', `stations/${id}/learning`, { target }))}
          onChange={(controls) => void act(ask('PUT', `stations/${id}/controls`, controls))}
        />
      )}
      <StationActions
        online={online}
        choosingMode={open === 'mode'}
        settingControls={open === 'controls'}
        onMode={() => toggle('mode')}
        onControls={() => toggle('controls')}
        onRename={() => toggle('name')}
        onPanic={() => void act(ask('POST', `stations/${id}/panic`))}
        onRemove={() =>
          confirm({
            title: `Remove ${name}?`,
            consequence:
              'It leaves this list and loses its name and mode. If it connects again, it is a new station.',
            action: 'Remove',
            act: () => ask('DELETE', `stations/${id}`),
          })
        }
      />
      {dialog}
    </article>
  );
}

function lastSeen({ link }: StationView, nowMs: number): string {
  return link.status === 'offline' && link.lastSeenAt
    ? `last seen ${ago(link.lastSeenAt, nowMs)}`
    : 'offline';
}
