import Link from 'next/link';

/** The booth's front door. */
export default function Landing() {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-12 p-8 text-center">
      <header className="space-y-4">
        <h1 className="font-display text-6xl tracking-tight sm:text-8xl">Antiphon</h1>
        <p className="text-lg text-quiet sm:text-2xl">
          <span className="text-visitor">You play.</span>{' '}
          <span className="text-machine">The machine answers.</span>
        </p>
      </header>
      <nav className="flex flex-col items-center gap-6">
        <Link
          href="/play"
          className="rounded-full bg-visitor px-16 py-6 font-semibold text-3xl text-stage transition hover:scale-105"
        >
          Play
        </Link>
        <Link href="/operate" className="text-quiet underline-offset-4 hover:text-ink hover:underline">
          Operate this booth
        </Link>
      </nav>
    </main>
  );
}
