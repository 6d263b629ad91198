'use client';
import { QueryClient, QueryClientProvider, useQuery, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { type ReactNode, useState } from 'react';
import { Button } from '../ui/button';
import { Message } from '../ui/message';
import { ask } from './api';
import { SignIn } from './sign-in';

const PAGES = [
  { href: '/operate', title: 'Stations' },
  { href: '/operate/duets', title: 'Duets' },
];

/** What is around every operator's page: the way to the others, and the door. */
export function OperatorShell({ children }: { children: ReactNode }) {
  const [client] = useState(() => new QueryClient({ defaultOptions: { queries: { retry: 1 } } }));
  return (
    <QueryClientProvider client={client}>
      <Door>{children}</Door>
    </QueryClientProvider>
  );
}

function Door({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const pathname = usePathname();
  const me = useQuery({
    queryKey: ['me'],
    queryFn: () => ask<{ operator: boolean }>('GET', 'me'),
    refetchInterval: 60_000,
  });
  if (me.isPending) return null;
  if (me.isError)
    return (
      <main className="p-8">
        <Message tone="danger">{me.error.message}</Message>
      </main>
    );
  if (!me.data.operator) return <SignIn onDone={() => client.invalidateQueries()} />;
  const signOut = async () => {
    await ask('POST', 'logout');
    await client.invalidateQueries();
  };
  return (
    <div className="mx-auto max-w-7xl px-4 pb-16 sm:px-8">
      <header className="flex flex-wrap items-center gap-x-8 gap-y-2 py-5">
        <Link href="/" className="font-display text-2xl">
          Antiphon
        </Link>
        <nav className="flex gap-6">
          {PAGES.map(({ href, title }) => (
            <Link
              key={href}
              href={href}
              aria-current={pathname === href ? 'page' : undefined}
              className="border-transparent border-b-2 py-1 text-quiet aria-[current]:border-machine aria-[current]:text-ink"
            >
              {title}
            </Link>
          ))}
        </nav>
        <Button className="ml-auto" onClick={() => void signOut()}>
          Sign out
        </Button>
      </header>
      <main>{children}</main>
    </div>
  );
}
