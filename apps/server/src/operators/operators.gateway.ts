/** Live views of the stations, pushed to signed-in operators. */
import { OPERATOR_NAMESPACE } from '@antiphon/protocol';
import type { RequestHandler } from 'express';
import type { Server } from 'socket.io';
import type { Station } from '../stations/station.js';
import type { Stations } from '../stations/stations.service.js';

/** A station is shown anew at most this often. */
const PUSH_MS = 250;

export function serveOperators(io: Server, stations: Stations, session: RequestHandler): () => void {
  const namespace = io.of(OPERATOR_NAMESPACE);
  namespace.use((socket, next) =>
    session(socket.request as never, {} as never, () => {
      const { operator } = (socket.request as unknown as { session?: { operator?: boolean } }).session ?? {};
      next(operator ? undefined : new Error('notSignedIn'));
    }),
  );
  namespace.on('connection', (socket) => socket.emit('stations', stations.views()));
  const changed = new Set<Station>();
  stations.watch((station, gone) => {
    if (!gone) changed.add(station);
    else {
      changed.delete(station);
      namespace.emit('stationGone', { id: station.id });
    }
  });
  const timer = setInterval(() => {
    for (const station of changed) namespace.emit('station', station.view());
    changed.clear();
  }, PUSH_MS);
  return () => clearInterval(timer);
}
