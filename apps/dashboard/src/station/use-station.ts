'use client';
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { Sampler } from '../sound/sampler';
import { BrowserStation, type StationState, unopenedStation } from './browser-station';
import type { Run } from './run';

const never = () => () => {};
const closedState = () => unopenedStation;

/** The station of this tab, for as long as the component is there, and what it shows. */
export function useStation(parts: { token: string; run: Run; sampler: Sampler }): {
  station: BrowserStation | null;
  state: StationState;
} {
  const { token, run, sampler } = parts;
  const [station, setStation] = useState<BrowserStation | null>(null);
  useEffect(() => {
    const opened = new BrowserStation({ token, run, sampler });
    setStation(opened);
    return () => opened.close();
  }, [token, run, sampler]);
  const state = useSyncExternalStore(station?.subscribe ?? never, station?.state ?? closedState, closedState);
  return { station, state };
}
