'use client';
import type { ModelView, ModeView } from '@antiphon/protocol';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../ui/button';
import { Message } from '../ui/message';
import { AddStation } from './add-station';
import { ask } from './api';
import { StationCard } from './station-card';
import { useStations } from './use-stations';

export function StationsPage() {
  const { stations, connected } = useStations();
  const modes = useQuery({ queryKey: ['modes'], queryFn: () => ask<ModeView[]>('GET', 'modes') });
  const models = useQuery({ queryKey: ['models'], queryFn: () => ask<ModelView[]>('GET', 'models') });
  const [adding, setAdding] = useState(false);
  return (
    <div className="space-y-6">
      <div className="flex items-center justify-between gap-4">
        <h1 className="font-display text-4xl">Stations</h1>
        <Button onClick={() => setAdding(!adding)} aria-expanded={adding}>
          Add a station
        </Button>
      </div>
      {adding && <AddStation />}
      {!connected && stations && (
        <Message tone="danger">The server does not answer; what you see may be old.</Message>
      )}
      {modes.isError && <Message tone="danger">{modes.error.message}</Message>}
      {stations?.length === 0 && (
        <Message>No station has connected yet. Open /play in a browser, or add one.</Message>
      )}
      <div className="grid items-start gap-4 md:grid-cols-2 xl:grid-cols-3">
        {stations?.map((station) => (
          <StationCard
            key={station.id}
            station={station}
            modes={modes.data ?? []}
            models={models.data ?? []}
          />
        ))}
      </div>
      {models.data && (
        <section aria-label="Models" className="space-y-2 text-quiet text-sm">
          {models.data.map(({ id, runner, reason }) => (
            <p key={id}>
              Model <strong className="text-ink">{id}</strong> runs on{' '}
              <strong className="text-ink">{runner}</strong>: {reason}.
            </p>
          ))}
        </section>
      )}
    </div>
  );
}
