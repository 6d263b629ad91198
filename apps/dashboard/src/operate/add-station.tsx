'use client';
import { useQuery } from '@tanstack/react-query';
import { Message } from '../ui/message';
import { ask } from './api';

/** What to do on another machine to make it a station. */
export function AddStation() {
  const setup = useQuery({
    queryKey: ['setup'],
    queryFn: () => ask<{ token: string; addresses: string[] }>('GET', 'station-setup'),
  });
  if (setup.isPending) return null;
  if (setup.isError) return <Message tone="danger">{setup.error.message}</Message>;
  const { token, addresses } = setup.data;
  const address = addresses[1] ?? addresses[0];
  return (
    <div className="space-y-5 rounded-2xl border border-line bg-panel p-6">
      <section className="space-y-2">
        <h3 className="font-semibold">A tablet, phone or laptop</h3>
        <p className="text-quiet text-sm">
          Open this on it. The link holds the token: do not show it to visitors.
        </p>
        <code className="block select-all break-all rounded-lg bg-stage p-3 text-sm">{`${address}/play#token=${token}`}</code>
      </section>
      <section className="space-y-2">
        <h3 className="font-semibold">A computer with a MIDI keyboard</h3>
        <p className="text-quiet text-sm">In a copy of Antiphon on it, after npm ci and npm run build:</p>
        <code className="block select-all break-all rounded-lg bg-stage p-3 text-sm">{`npx antiphon-station --server ${address} --token ${token}`}</code>
      </section>
      {addresses.length > 2 && (
        <p className="text-quiet text-sm">This machine is also at {addresses.slice(2).join(', ')}.</p>
      )}
    </div>
  );
}
