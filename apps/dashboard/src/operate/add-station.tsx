'use client';
import { useQuery } from '@tanstack/react-query';
import { CopyField } from '../ui/copy-field';
import { Loading, Message } from '../ui/message';
import { addressForOthers } from './addresses';
import { ask } from './api';

/** What to do on another machine to make it a station. */
export function AddStation() {
  const setup = useQuery({
    queryKey: ['setup'],
    queryFn: () => ask<{ token: string; addresses: string[] }>('GET', 'station-setup'),
  });
  if (setup.isPending) return <Loading>Asking for the booth’s addresses …</Loading>;
  if (setup.isError) return <Message tone="danger">{setup.error.message}</Message>;
  const { token, addresses } = setup.data;
  const forOthers = addressForOthers(addresses);
  const address = forOthers ?? addresses[0];
  const others = addresses.slice(1).filter((other) => other !== address);
  return (
    <section
      aria-label="Add a station"
      className="grid gap-6 rounded-2xl border border-line bg-panel p-6 lg:grid-cols-2"
    >
      <div className="space-y-3">
        <h2 className="font-semibold">A tablet, phone or laptop</h2>
        <p className="text-quiet text-sm">
          Open this link on it. It holds the station token: do not show it to visitors.
        </p>
        <CopyField text={`${address}/play#token=${token}`} />
      </div>
      <div className="space-y-3">
        <h2 className="font-semibold">A computer with a MIDI keyboard</h2>
        <p className="text-quiet text-sm">In a copy of Antiphon on it, after npm ci and npm run build:</p>
        <CopyField text={`npx antiphon-station --server ${address} --token ${token}`} />
      </div>
      {others.length > 0 && (
        <p className="text-quiet text-sm lg:col-span-2">The booth is also at {others.join(', ')}.</p>
      )}
      {!forOthers && (
        <p className="text-sm text-visitor lg:col-span-2">
          This machine is in no network, so no other can reach it yet.
        </p>
      )}
    </section>
  );
}
