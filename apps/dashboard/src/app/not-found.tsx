import Link from 'next/link';

export default function NotFound() {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-8 p-6 text-center">
      <h1 className="font-display text-5xl sm:text-7xl">Nothing plays here</h1>
      <Link href="/" className="rounded-full bg-visitor px-10 py-4 font-semibold text-stage text-xl">
        To the front door
      </Link>
    </main>
  );
}
