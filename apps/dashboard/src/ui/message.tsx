import type { ReactNode } from 'react';

/** What is shown where there is nothing yet, or something went wrong. */
export function Message({ tone = 'quiet', children }: { tone?: 'quiet' | 'danger'; children: ReactNode }) {
  const colour = tone === 'danger' ? 'border-danger/50 text-danger' : 'border-line text-quiet';
  return (
    <p
      role={tone === 'danger' ? 'alert' : 'status'}
      className={`rounded-2xl border border-dashed p-6 text-center ${colour}`}
    >
      {children}
    </p>
  );
}

/** Something is on its way; faint at first, so that a quick answer does not flicker. */
export function Loading({ children }: { children: ReactNode }) {
  return (
    <p role="status" className="late p-6 text-center text-quiet">
      {children}
    </p>
  );
}
