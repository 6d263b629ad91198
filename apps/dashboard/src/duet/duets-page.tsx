'use client';
import type { DuetPage, DuetSummary, StationView } from '@antiphon/protocol';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useState } from 'react';
import { ask } from '../operate/api';
import { useModes } from '../operate/use-modes';
import { Button } from '../ui/button';
import { countOf } from '../ui/count-of';
import { Loading, Message } from '../ui/message';
import { dayAndTime } from '../ui/time';
import { duration } from './duration';

const REFRESH_MS = 10_000;
const COLUMNS = ['When', 'Station', 'Length', 'Visitor', 'Machine', 'Mode'];

/** Every recorded duet, newest first. */
export function DuetsPage() {
  const [station, setStation] = useState('');
  const stations = useQuery({ queryKey: ['stations'], queryFn: () => ask<StationView[]>('GET', 'stations') });
  const modes = useModes();
  const duets = useInfiniteQuery({
    queryKey: ['duets', station],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({
        ...(pageParam && { cursor: pageParam }),
        ...(station && { station }),
      });
      return ask<DuetPage>('GET', `duets?${query}`);
    },
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: REFRESH_MS,
  });
  const all = duets.data?.pages.flatMap((page) => page.duets) ?? [];
  return (
    <div className="space-y-6">
      <div className="flex flex-wrap items-center justify-between gap-4">
        <h1 className="font-display text-4xl">Duets</h1>
        <label className="flex items-center gap-2 text-quiet text-sm">
          Station
          <select
            value={station}
            onChange={(event) => setStation(event.target.value)}
            className="rounded-lg border border-line bg-raised px-3 py-2 text-ink"
          >
            <option value="">all</option>
            {stations.data?.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      {duets.isPending && <Loading>Looking through the record …</Loading>}
      {duets.isError && <Message tone="danger">{duets.error.message}</Message>}
      {duets.isSuccess && all.length === 0 && (
        <Message>
          {station ? 'Nothing has been played at this station yet.' : 'Nothing has been played yet.'} A duet
          begins with a visitor’s first note.
        </Message>
      )}
      {all.length > 0 && (
        <table className="w-full text-left">
          <thead className="hidden text-quiet text-sm md:table-header-group">
            <tr>
              {COLUMNS.map((title) => (
                <th key={title} className="py-2 pr-4 font-normal">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {all.map((duet) => (
              <DuetRow
                key={duet.id}
                duet={duet}
                modeTitle={modes.find(({ id }) => id === duet.mode)?.title ?? duet.mode}
              />
            ))}
          </tbody>
        </table>
      )}
      {duets.hasNextPage && (
        <Button onClick={() => void duets.fetchNextPage()} disabled={duets.isFetchingNextPage}>
          Earlier duets
        </Button>
      )}
    </div>
  );
}

/** On a phone its cells follow one another on two lines. */
function DuetRow({ duet, modeTitle }: { duet: DuetSummary; modeTitle: string }) {
  return (
    <tr className="flex flex-wrap gap-x-4 border-line border-t py-3 transition hover:bg-panel md:table-row md:*:py-3 md:*:pr-4">
      <td className="w-full md:w-auto">
        <Link href={`/operate/duets/${duet.id}`} className="underline-offset-4 hover:underline">
          {dayAndTime(duet.startedAt)}
        </Link>
        {!duet.endedAt && <span className="ml-3 text-visitor text-xs">under way</span>}
      </td>
      <td>{duet.station.name}</td>
      <td className="tabular-nums">{duration(duet.durationMs)}</td>
      <td className="text-visitor">{countOf(duet.notes.visitor, 'note')}</td>
      <td className="text-machine">{countOf(duet.notes.machine, 'note')}</td>
      <td className="text-quiet">{modeTitle}</td>
    </tr>
  );
}
