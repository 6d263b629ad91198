import type { StationView } from '@antiphon/protocol';

/** All stations after one of them has changed or come; their order stays. */
export function stationsAfter(all: readonly StationView[], changed: StationView): StationView[] {
  const known = all.some(({ id }) => id === changed.id);
  return known ? all.map((one) => (one.id === changed.id ? changed : one)) : [...all, changed];
}

/** Those that are here first, then the latest seen. */
export function byPresence(stations: readonly StationView[]): StationView[] {
  const lastSeen = ({ link }: StationView) =>
    link.status === 'online' ? Number.POSITIVE_INFINITY : Date.parse(link.lastSeenAt ?? '') || 0;
  return [...stations].sort((a, b) => (lastSeen(a) === lastSeen(b) ? 0 : lastSeen(b) - lastSeen(a)));
}
