import type { ReactNode } from 'react';

/** What is shown where there is nothing yet, or something went wrong. */
export function Message({ tone = 'quiet', children }: { tone?: 'quiet' | 'danger'; children: ReactNode }) {
  const colour = tone === 'danger' ? 'border-danger/50 text-danger' : 'border-line text-quiet';
  return (
    <p
      role={tone === 'danger' ? 'alert' : 'status'}
      className={`rounded-xl border border-dashed p-6 text-center ${colour}`}
    >
      {children}
    </p>
  );
}
