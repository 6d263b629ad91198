'use client';
import type { Duet } from '@antiphon/protocol';
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useMemo } from 'react';
import { ask } from '../operate/api';
import { Button, buttonLook } from '../ui/button';
import { useConfirm } from '../ui/confirm';
import { countOf } from '../ui/count-of';
import { dayAndTime } from '../ui/time';
import { DuetParts } from './duet-parts';
import { DuetRoll } from './duet-roll';
import { duration } from './duration';
import { notesOfDuet } from './notes-of-duet';
import { usePlayback } from './use-playback';

const SPEEDS = [0.5, 1, 1.5, 2];

/** A recorded duet: to be seen, heard, taken away and deleted. */
export function OpenDuet({ duet }: { duet: Duet }) {
  const router = useRouter();
  const client = useQueryClient();
  const [confirm, dialog] = useConfirm();
  const notes = useMemo(() => notesOfDuet(duet), [duet]);
  const playback = usePlayback(notes, duet.durationMs);
  const remove = () =>
    confirm({
      title: 'Delete this duet?',
      consequence: 'It is gone for good, with everything that was played in it.',
      action: 'Delete for good',
      act: async () => {
        await ask('DELETE', `duets/${duet.id}`);
        await client.invalidateQueries({ queryKey: ['duets'] });
        router.push('/operate/duets');
      },
    });
  return (
    <>
      <header className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-2">
        <h1 className="font-display text-4xl">{duet.station.name}</h1>
        <p className="text-quiet">
          {dayAndTime(duet.startedAt)}
          {!duet.endedAt && <span className="ml-3 text-visitor">under way</span>}
        </p>
      </header>
      <DuetRoll notes={notes} durationMs={duet.durationMs} playback={playback} />
      <div className="flex flex-wrap items-center gap-3">
        <Button look="main" className="min-w-24" onClick={playback.toggle} disabled={notes.length === 0}>
          {playback.playing ? 'Pause' : 'Play'}
        </Button>
        <label className="flex items-center gap-2 text-quiet text-sm">
          Speed
          <select
            value={playback.speed}
            onChange={(event) => playback.setSpeed(Number(event.target.value))}
            className="rounded-lg border border-line bg-raised px-2 py-2 text-ink"
          >
            {SPEEDS.map((value) => (
              <option key={value} value={value}>
                {value}×
              </option>
            ))}
          </select>
        </label>
        <a href={`/api/duets/${duet.id}/midi`} className={buttonLook('plain')}>
          Export MIDI
        </a>
        <a
          href={`/api/duets/${duet.id}/log`}
          target="_blank"
          rel="noreferrer"
          className={buttonLook('plain')}
        >
          Show log
        </a>
        <Button look="danger" className="ml-auto" onClick={remove}>
          Delete
        </Button>
      </div>
      {playback.problem && (
        <p role="alert" className="text-danger text-sm">
          {playback.problem}
        </p>
      )}
      <dl className="flex flex-wrap gap-x-10 gap-y-3 rounded-2xl border border-line bg-panel p-5">
        <Fact name="Visitor" value={countOf(duet.notes.visitor, 'note')} className="text-visitor" />
        <Fact name="Machine" value={countOf(duet.notes.machine, 'note')} className="text-machine" />
        <Fact name="Length" value={duration(duet.durationMs)} />
        <Fact name="Seed" value={String(duet.seed)} />
      </dl>
      <DuetParts parts={duet.parts} />
      {dialog}
    </>
  );
}

function Fact({ name, value, className = '' }: { name: string; value: string; className?: string }) {
  return (
    <div>
      <dt className="text-quiet text-xs">{name}</dt>
      <dd className={className}>{value}</dd>
    </div>
  );
}
