import { DuetMotif } from '../ui/duet-motif';

/** The visitor's first gesture: browsers give no sound without one. All of the screen may be tapped. */
export function BeginButton({
  tuning,
  problem,
  onBegin,
}: {
  tuning: boolean;
  problem: string | null;
  onBegin: () => void;
}) {
  return (
    <button
      type="button"
      disabled={tuning}
      onClick={onBegin}
      className="fixed inset-0 flex flex-col items-center justify-center gap-8 p-6 text-center"
    >
      <DuetMotif className="w-full max-w-4xl" />
      <span className="block font-display text-5xl sm:text-8xl">{tuning ? 'Tuning …' : 'Tap to begin'}</span>
      <span className="block text-lg text-quiet sm:text-3xl">
        <span className="text-visitor">You play.</span>{' '}
        <span className="text-machine">The machine answers.</span>
      </span>
      {problem && (
        <span role="alert" className="block text-danger text-lg">
          {problem}
        </span>
      )}
    </button>
  );
}
