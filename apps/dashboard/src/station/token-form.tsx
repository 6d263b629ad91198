'use client';
import { useState } from 'react';
import { Button } from '../ui/button';

/** Asks for the station token where it is not known. */
export function TokenForm({
  problem,
  onToken,
}: {
  problem: string | null;
  onToken: (token: string) => void;
}) {
  const [token, setToken] = useState('');
  return (
    <form
      className="mx-auto max-w-md space-y-4 rounded-2xl border border-line bg-panel p-8"
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim()) onToken(token.trim());
      }}
    >
      <h1 className="font-display text-3xl">Make this a station</h1>
      <p className="text-quiet">
        An operator finds the station token under <em>Add a station</em> in the dashboard.
      </p>
      <label className="block space-y-1">
        <span className="text-sm">Station token</span>
        <input
          value={token}
          onChange={(event) => setToken(event.target.value)}
          className="w-full rounded-lg border border-line bg-raised px-3 py-2"
          autoComplete="off"
          spellCheck={false}
        />
      </label>
      {problem && (
        <p role="alert" className="text-danger text-sm">
          {problem}
        </p>
      )}
      <Button look="main" type="submit" className="w-full">
        Connect
      </Button>
    </form>
  );
}
