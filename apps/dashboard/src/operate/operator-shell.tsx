'use client';
import {
  QueryCache,
  QueryClient,
  QueryClientProvider,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { type ReactNode, useState } from 'react';
import { Button } from '../ui/button';
import { Loading, Message } from '../ui/message';
import { ask, Refusal } from './api';
import { SignIn } from './sign-in';

const PAGES = [
  { href: '/operate', title: 'Stations' },
  { href: '/operate/duets', title: 'Duets' },
];
const DOOR = ['me'];
const DOOR_CHECK_MS = 60_000;

/** What is around every operator's page: the way to the others, and the door. */
export function OperatorShell({ children }: { children: ReactNode }) {
  const [client] = useState(createQueryClient);
  return (
    <QueryClientProvider client={client}>
      <Door>{children}</Door>
    </QueryClientProvider>
  );
}

/** A refusal is an answer and not asked for again; one for want of a sign-in shows the door. */
function createQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    defaultOptions: {
      queries: { retry: (failures, error) => failures < 2 && (error as Refusal).code === 'unreachable' },
    },
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof Refusal && error.code === 'notSignedIn')
          void client.invalidateQueries({ queryKey: DOOR });
      },
    }),
  });
  return client;
}

function Door({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const pathname = usePathname();
  const me = useQuery({
    queryKey: DOOR,
    queryFn: () => ask<{ operator: boolean }>('GET', 'me'),
    refetchInterval: DOOR_CHECK_MS,
  });
  if (me.isPending) return <Loading>Opening the booth …</Loading>;
  if (!me.data)
    return (
      <main className="mx-auto max-w-xl space-y-4 p-8 text-center">
        <Message tone="danger">{me.error?.message}</Message>
        <Button onClick={() => void me.refetch()}>Try again</Button>
      </main>
    );
  if (!me.data.operator) return <SignIn onDone={() => client.invalidateQueries()} />;
  const signOut = async () => {
    await ask('POST', 'logout').catch(() => {}); // whether it worked is seen at once
    await client.resetQueries();
  };
  return (
    <div className="mx-auto max-w-7xl px-4 pb-16 sm:px-8">
      <header className="flex items-center gap-4 py-5 sm:gap-8">
        <Link href="/" className="font-display text-2xl">
          Antiphon
        </Link>
        <nav className="flex gap-4 sm:gap-6">
          {PAGES.map(({ href, title }) => (
            <Link
              key={href}
              href={href}
              aria-current={isWithin(pathname, href) ? 'page' : undefined}
              className="border-transparent border-b-2 py-1 text-quiet hover:text-ink aria-[current]:border-machine aria-[current]:text-ink"
            >
              {title}
            </Link>
          ))}
        </nav>
        <Button snug className="ml-auto shrink-0" onClick={() => void signOut()}>
          Sign out
        </Button>
      </header>
      <main>{children}</main>
    </div>
  );
}

function isWithin(pathname: string, href: string): boolean {
  return pathname === href || (href !== '/operate' && pathname.startsWith(`${href}/`));
}
