import Link from 'next/link';
import { DuetMotif } from '../ui/duet-motif';

/** The booth's front door. */
export default function Landing() {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-10 p-6 text-center">
      <DuetMotif className="w-full max-w-3xl" />
      <header className="space-y-4">
        <h1 className="font-display text-6xl tracking-tight sm:text-9xl">Antiphon</h1>
        <p className="text-lg sm:text-2xl">
          <span className="text-visitor">You play.</span>{' '}
          <span className="text-machine">The machine answers.</span>
        </p>
      </header>
      <nav className="flex flex-col items-center gap-8">
        <Link
          href="/play"
          className="rounded-full bg-visitor px-20 py-6 font-semibold text-3xl text-stage shadow-[0_0_80px_-12px] shadow-visitor/60 transition hover:brightness-110"
        >
          Play
        </Link>
        <Link
          href="/operate"
          className="rounded-full border border-line px-6 py-3 text-quiet transition hover:border-quiet hover:text-ink"
        >
          Operate this booth
        </Link>
      </nav>
    </main>
  );
}
