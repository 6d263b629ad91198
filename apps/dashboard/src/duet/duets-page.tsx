'use client';
import type { DuetPage, StationView } from '@antiphon/protocol';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useState } from 'react';
import { ask } from '../operate/api';
import { Button } from '../ui/button';
import { countOf } from '../ui/count-of';
import { Message } from '../ui/message';
import { duration } from './duration';

export function DuetsPage() {
  const [station, setStation] = useState('');
  const stations = useQuery({ queryKey: ['stations'], queryFn: () => ask<StationView[]>('GET', 'stations') });
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
    refetchInterval: 10_000,
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
      {duets.isError && <Message tone="danger">{duets.error.message}</Message>}
      {duets.isSuccess && all.length === 0 && <Message>Nothing has been played yet.</Message>}
      {all.length > 0 && (
        <table className="w-full text-left">
          <thead className="text-quiet text-sm">
            <tr>
              {['When', 'Station', 'Length', 'Visitor', 'Machine', 'Mode'].map((title) => (
                <th key={title} className="py-2 pr-4 font-normal">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {all.map((duet) => (
              <tr key={duet.id} className="border-line border-t hover:bg-panel">
                <td className="py-3 pr-4">
                  <Link href={`/operate/duets/${duet.id}`} className="underline-offset-4 hover:underline">
                    {new Date(duet.startedAt).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })}
                  </Link>
                  {!duet.endedAt && <span className="ml-2 text-visitor text-xs">under way</span>}
                </td>
                <td className="pr-4">{duet.station.name}</td>
                <td className="pr-4">{duration(duet.durationMs)}</td>
                <td className="pr-4">{countOf(duet.notes.visitor, 'note')}</td>
                <td className="pr-4">{countOf(duet.notes.machine, 'note')}</td>
                <td className="pr-4 text-quiet">{duet.mode}</td>
              </tr>
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
