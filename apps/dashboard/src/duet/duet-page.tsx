'use client';
import type { Duet } from '@antiphon/protocol';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useEffect, useMemo, useReducer, useRef, useState } from 'react';
import { ask } from '../operate/api';
import { pitchRange } from '../roll/geometry';
import { RollCanvas } from '../roll/roll-canvas';
import { Sampler } from '../sound/sampler';
import { Button } from '../ui/button';
import { countOf } from '../ui/count-of';
import { Message } from '../ui/message';
import { duration } from './duration';
import { notesOfDuet } from './notes-of-duet';
import { Playback } from './playback';

const SPEEDS = [0.5, 1, 1.5, 2];

export function DuetPage({ id }: { id: string }) {
  const duet = useQuery({
    queryKey: ['duet', id],
    queryFn: () => ask<Duet>('GET', `duets/${id}`),
    refetchInterval: ({ state }) => (state.data && !state.data.endedAt ? 3_000 : false),
  });
  if (duet.isPending) return <Message>Opening the duet …</Message>;
  if (duet.isError) return <Message tone="danger">{duet.error.message}</Message>;
  return <OpenDuet duet={duet.data} />;
}

function OpenDuet({ duet }: { duet: Duet }) {
  const router = useRouter();
  const notes = useMemo(() => notesOfDuet(duet), [duet]);
  const { playback, playing, toggle, seek, setSpeed, speed } = usePlayback(notes, duet.durationMs);
  const view = { fromMs: 0, toMs: Math.max(duet.durationMs, 1_000), ...pitchRange(notes, 24) };
  const remove = async () => {
    if (!window.confirm('Delete this duet for good? It cannot be brought back.')) return;
    await ask('DELETE', `duets/${duet.id}`);
    router.push('/operate/duets');
  };
  return (
    <div className="space-y-5">
      <Link href="/operate/duets" className="text-quiet text-sm hover:text-ink">
        ← All duets
      </Link>
      <h1 className="font-display text-4xl">
        {duet.station.name},{' '}
        {new Date(duet.startedAt).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })}
      </h1>
      <div className="h-[46vh] overflow-hidden rounded-2xl border border-line bg-panel">
        <RollCanvas
          label="The whole duet as a piano roll"
          frame={() => ({ view, notes, nowMs: playback.current?.positionMs ?? 0 })}
          onPick={(share) => seek(share * view.toMs)}
        />
      </div>
      <div className="flex flex-wrap items-center gap-3">
        <Button look="main" onClick={() => void toggle()} disabled={notes.length === 0}>
          {playing ? 'Pause' : 'Play'}
        </Button>
        <label className="flex items-center gap-2 text-quiet text-sm">
          Speed
          <select
            value={speed}
            onChange={(event) => setSpeed(Number(event.target.value))}
            className="rounded-lg border border-line bg-raised px-2 py-1"
          >
            {SPEEDS.map((value) => (
              <option key={value} value={value}>
                {value}×
              </option>
            ))}
          </select>
        </label>
        <a
          href={`/api/duets/${duet.id}/midi`}
          className="rounded-lg border border-line bg-raised px-4 py-2 text-sm hover:border-quiet"
        >
          Export MIDI
        </a>
        <span className="text-quiet text-sm">
          <span className="text-visitor">●</span> visitor {countOf(duet.notes.visitor, 'note')} ·{' '}
          <span className="text-machine">●</span> machine {countOf(duet.notes.machine, 'note')} ·{' '}
          {duration(duet.durationMs)}
        </span>
        <Button look="danger" className="ml-auto" onClick={() => void remove()}>
          Delete
        </Button>
      </div>
      {!duet.endedAt && <Message>This session is still under way.</Message>}
      <table className="w-full text-left text-sm">
        <caption className="sr-only">Modes of this duet</caption>
        <thead className="text-quiet">
          <tr>
            <th className="py-2 font-normal">From</th>
            <th className="font-normal">Mode</th>
            <th className="font-normal">Model</th>
            <th className="font-normal">Parameters</th>
          </tr>
        </thead>
        <tbody>
          {duet.parts.map((part) => (
            <tr key={part.atMs} className="border-line border-t">
              <td className="py-2">{duration(part.atMs)}</td>
              <td>{part.mode}</td>
              <td>{part.model ?? '–'}</td>
              <td className="text-quiet">
                {Object.entries(part.params)
                  .map(([name, value]) => `${name} ${value}`)
                  .join(' · ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="text-quiet text-sm">Seed {duet.seed}</p>
    </div>
  );
}

function usePlayback(notes: ReturnType<typeof notesOfDuet>, durationMs: number) {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const sampler = useRef<Sampler | null>(null);
  const playback = useRef<Playback | null>(null);
  const [speed, setSpeed] = useState(1);
  useEffect(() => {
    if (sampler.current)
      playback.current = new Playback({ sampler: sampler.current, notes, durationMs, onChange: redraw });
    return () => playback.current?.pause();
  }, [notes, durationMs]);
  const open = async (): Promise<Playback> => {
    sampler.current ??= await Sampler.load();
    playback.current ??= new Playback({ sampler: sampler.current, notes, durationMs, onChange: redraw });
    playback.current.setSpeed(speed);
    return playback.current;
  };
  return {
    playback,
    speed,
    playing: playback.current?.playing ?? false,
    toggle: async () => {
      const opened = await open();
      if (opened.playing) opened.pause();
      else opened.play();
    },
    seek: (ms: number) => void open().then((opened) => opened.seek(ms)),
    setSpeed: (value: number) => {
      setSpeed(value);
      playback.current?.setSpeed(value);
    },
  };
}
