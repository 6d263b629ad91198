'use client';
import type { BoothTempo } from '@antiphon/protocol';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { Button } from '../ui/button';
import { ask } from './api';

const KEY = ['booth-tempo'];

/** The tempo of all stations that share the booth's beat. */
export function BoothTempoForm() {
  const queries = useQueryClient();
  const { data } = useQuery({ queryKey: KEY, queryFn: () => ask<BoothTempo>('GET', 'booth-tempo') });
  const [typed, setTyped] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const field = useId();
  if (!data) return null;
  const set = async () => {
    setProblem(null);
    try {
      queries.setQueryData(KEY, await ask<BoothTempo>('PUT', 'booth-tempo', { tempoBpm: Number(typed) }));
      setTyped(null);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <form
      className="flex flex-wrap items-center gap-3 text-sm"
      onSubmit={(event) => {
        event.preventDefault();
        void set();
      }}
    >
      <label htmlFor={field}>The booth’s tempo</label>
      <input
        id={field}
        type="number"
        min={40}
        max={240}
        step="any"
        value={typed ?? Math.round(data.tempoBpm * 10) / 10}
        onChange={(event) => setTyped(event.target.value)}
        className="w-24 rounded-lg border border-line bg-raised px-2 py-1 text-right"
      />
      <Button type="submit" disabled={typed === null}>
        Set
      </Button>
      {problem && (
        <p role="alert" className="text-danger">
          {problem}
        </p>
      )}
    </form>
  );
}
