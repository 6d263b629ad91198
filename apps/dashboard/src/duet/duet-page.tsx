'use client';
import type { Duet } from '@antiphon/protocol';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { ask } from '../operate/api';
import { Loading, Message } from '../ui/message';
import { OpenDuet } from './open-duet';

const REFRESH_MS = 3_000;

export function DuetPage({ id }: { id: string }) {
  const duet = useQuery({
    queryKey: ['duet', id],
    queryFn: () => ask<Duet>('GET', `duets/${id}`),
    refetchInterval: ({ state }) => (state.data && !state.data.endedAt ? REFRESH_MS : false),
  });
  return (
    <div className="space-y-5">
      <Link href="/operate/duets" className="text-quiet text-sm hover:text-ink">
        ← All duets
      </Link>
      {duet.isPending && <Loading>Opening the duet …</Loading>}
      {duet.isError && <Message tone="danger">{duet.error.message}</Message>}
      {duet.data && <OpenDuet duet={duet.data} />}
    </div>
  );
}
