'use client';
import { useEffect, useState } from 'react';
import { Sampler } from '../sound/sampler';
import { storageOfBrowser } from './browser-storage';
import { openRun, type Run } from './run';
import { TabCensus } from './tab-census';

/** What a station needs before it can open; got while the visitor still reads. Both promises are asked for once a visit. */
export interface StationParts {
  sampler: Sampler;
  /** Resolves once the sounds are there. */
  sounds: Promise<void>;
  run: Promise<Run>;
}

export function useStationParts(): StationParts | null {
  const [parts, setParts] = useState<StationParts | null>(null);
  useEffect(() => {
    const census = new TabCensus();
    const sampler = new Sampler();
    const sounds = sampler.load();
    sounds.catch(() => {}); // said where it is waited for
    setParts({ sampler, sounds, run: openRun(storageOfBrowser(), census) });
    return () => {
      census.close();
      sampler.close();
    };
  }, []);
  return parts;
}
