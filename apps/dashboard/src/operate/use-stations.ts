'use client';
import { OPERATOR_NAMESPACE, type StationView } from '@antiphon/protocol';
import { useEffect, useState } from 'react';
import { io } from 'socket.io-client';

/** Every station, live. Null until the first answer. */
export function useStations(): { stations: StationView[] | null; connected: boolean } {
  const [stations, setStations] = useState<StationView[] | null>(null);
  const [connected, setConnected] = useState(false);
  useEffect(() => {
    const socket = io(OPERATOR_NAMESPACE, { transports: ['websocket'], reconnectionDelayMax: 2_000 });
    socket.on('connect', () => setConnected(true));
    socket.on('disconnect', () => setConnected(false));
    socket.on('stations', setStations);
    socket.on('station', (view: StationView) =>
      setStations((all) => {
        const others = all ?? [];
        return others.some(({ id }) => id === view.id)
          ? others.map((other) => (other.id === view.id ? view : other))
          : [...others, view];
      }),
    );
    socket.on('stationGone', ({ id }: { id: string }) =>
      setStations((all) => all?.filter((other) => other.id !== id) ?? null),
    );
    return () => {
      socket.disconnect();
    };
  }, []);
  return { stations, connected };
}
