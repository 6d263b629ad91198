'use client';
import type { ModelView, ModeView } from '@antiphon/protocol';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../ui/button';
import { Loading, Message } from '../ui/message';
import { useNow } from '../ui/use-now';
import { AddStation } from './add-station';
import { ask } from './api';
import { BoothTempoForm } from './booth-tempo';
import { ModelList } from './model-list';
import { StationCard } from './station-card';
import { byPresence } from './stations-after';
import { useStations } from './use-stations';

/** Runners rarely fail. */
const MODELS_MS = 5_000;

export function StationsPage() {
  const { stations, connected } = useStations();
  const modes = useQuery({ queryKey: ['modes'], queryFn: () => ask<ModeView[]>('GET', 'modes') });
  const models = useQuery({
    queryKey: ['models'],
    queryFn: () => ask<ModelView[]>('GET', 'models'),
    refetchInterval: MODELS_MS,
  });
  const [adding, setAdding] = useState(false);
  const nowMs = useNow();
  const here = stations?.filter(({ link }) => link.status === 'online').length ?? 0;
  return (
    <div className="space-y-6">
      <div className="flex flex-wrap items-center justify-between gap-4">
        <div className="flex flex-wrap items-baseline gap-x-4">
          <h1 className="font-display text-4xl">Stations</h1>
          {stations && stations.length > 0 && (
            <p className="text-quiet">
              {here} of {stations.length} here
            </p>
          )}
        </div>
        <Button onClick={() => setAdding(!adding)} aria-expanded={adding}>
          {adding ? 'Close' : 'Add a station'}
        </Button>
      </div>
      {adding && <AddStation />}
      {stations?.some(({ assignment }) => assignment.params.tempo === 'booth') && <BoothTempoForm />}
      {!connected && stations && (
        <Message tone="danger">The server does not answer; what you see may be old.</Message>
      )}
      {modes.isError && <Message tone="danger">{modes.error.message}</Message>}
      {!stations && <Loading>Looking for stations …</Loading>}
      {stations?.length === 0 && (
        <Message>
          No station has connected yet. Open{' '}
          <a href="/play" className="text-ink underline underline-offset-4">
            Play
          </a>{' '}
          in a browser here, or add one.
        </Message>
      )}
      <div className="grid items-start gap-4 md:grid-cols-2 xl:grid-cols-3">
        {byPresence(stations ?? []).map((station) => (
          <StationCard
            key={station.id}
            station={station}
            modes={modes.data ?? []}
            models={models.data ?? []}
            nowMs={nowMs}
          />
        ))}
      </div>
      {models.isError && <Message tone="danger">{models.error.message}</Message>}
      {models.data && <ModelList models={models.data} />}
    </div>
  );
}
