'use client';
import { OPERATOR_NAMESPACE, type StationView } from '@antiphon/protocol';
import { useEffect, useState } from 'react';
import { io } from 'socket.io-client';
import { stationsAfter } from './stations-after';

const RETRY_MS = 2_000;

/** Every station, live. Null until the first answer. */
export function useStations(): { stations: StationView[] | null; connected: boolean } {
  const [stations, setStations] = useState<StationView[] | null>(null);
  const [connected, setConnected] = useState(false);
  useEffect(() => {
    const socket = io(OPERATOR_NAMESPACE, { transports: ['websocket'], reconnectionDelayMax: RETRY_MS });
    /** What the server hung up or turned away itself, socket.io does not try again. */
    const knockAgain = () => setTimeout(() => !socket.active && !closed && socket.connect(), RETRY_MS);
    let closed = false;
    socket.on('connect', () => setConnected(true));
    socket.on('connect_error', knockAgain);
    socket.on('disconnect', () => {
      setConnected(false);
      knockAgain();
    });
    socket.on('stations', setStations);
    socket.on('station', (view: StationView) => setStations((all) => stationsAfter(all ?? [], view)));
    socket.on('stationGone', ({ id }: { id: string }) =>
      setStations((all) => all?.filter((other) => other.id !== id) ?? null),
    );
    return () => {
      closed = true;
      socket.disconnect();
    };
  }, []);
  return { stations, connected };
}
