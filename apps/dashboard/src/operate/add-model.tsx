'use client';
import type { ImportedModel, ModelImport } from '@antiphon/protocol';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { Button } from '../ui/button';
import { ask, upload } from './api';

/** Brings a Magenta model in, a MusicVAE too, from an address; a bundle also from a file. */
export function AddModel() {
  const [url, setUrl] = useState('');
  const urlField = useId();
  const fileField = useId();
  const client = useQueryClient();
  const adding = useMutation({
    mutationFn: (source: string | File) =>
      typeof source === 'string'
        ? ask<ImportedModel>('POST', 'models', { url: source })
        : upload<ImportedModel>(`models/${encodeURIComponent(source.name)}`, source),
    onSuccess: () => {
      setUrl('');
      return client.invalidateQueries({ queryKey: ['models'] });
    },
  });
  return (
    <form
      noValidate
      className="space-y-3 rounded-2xl border border-line bg-panel p-5"
      onSubmit={(event) => {
        event.preventDefault();
        adding.mutate(url);
      }}
    >
      <label htmlFor={urlField} className="font-medium text-sm">
        Bring in a Magenta model
      </label>
      <div className="flex flex-wrap items-center gap-2">
        <input
          id={urlField}
          type="url"
          placeholder="https://…/attention_rnn.mag, or a Magenta.js folder"
          value={url}
          onChange={(event) => setUrl(event.target.value)}
          className="min-w-64 flex-1 rounded-lg border border-line bg-raised px-3 py-2 text-sm"
        />
        <Button look="main" type="submit" disabled={adding.isPending || url === ''}>
          Fetch
        </Button>
        <label htmlFor={fileField} className="cursor-pointer text-machine text-sm underline">
          or choose a .mag file
        </label>
        <input
          id={fileField}
          type="file"
          accept=".mag"
          className="sr-only"
          onChange={(event) => {
            const [file] = event.target.files ?? [];
            if (file) adding.mutate(file);
            event.target.value = '';
          }}
        />
      </div>
      {adding.isPending && <Fetching />}
      {adding.error && (
        <p role="alert" className="text-danger text-sm">
          {adding.error.message}
        </p>
      )}
      {adding.data && (
        <p role="status" className="text-quiet text-sm">
          {adding.data.id} is here, and stations can play with it. {adding.data.warnings.join(' ')}
        </p>
      )}
    </form>
  );
}

const POLL_MS = 500;

function Fetching() {
  const imports = useQuery({
    queryKey: ['model-imports'],
    queryFn: () => ask<ModelImport[]>('GET', 'model-imports'),
    refetchInterval: POLL_MS,
  });
  const [current] = imports.data ?? [];
  return (
    <progress
      aria-label="Fetching the model"
      className="w-full accent-machine"
      {...(current?.totalBytes && { value: current.receivedBytes, max: current.totalBytes })}
    />
  );
}
