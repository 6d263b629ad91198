'use client';
import { Button } from '../ui/button';

/** What is shown when a page breaks; on a booth nobody reads a console. */
export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-6 p-6 text-center">
      <h1 className="font-display text-5xl">That went wrong</h1>
      <p className="max-w-lg text-quiet">{error.message}</p>
      <Button look="main" onClick={reset}>
        Try again
      </Button>
    </main>
  );
}
