'use client';
import { Button } from '../ui/button';
import { useFullScreen } from '../ui/use-full-screen';
import type { Link } from './browser-station';
import type { TurnWords } from './turn-words';

/** Whose turn it is, in letters to be read from two metres; how the connection is; and a way to silence everything. */
export function StageHeader({
  words,
  link,
  modeTitle,
  onPanic,
}: {
  words: TurnWords;
  link: Link;
  modeTitle: string;
  onPanic: () => void;
}) {
  const fullScreen = useFullScreen();
  const online = link.status === 'online';
  return (
    <header className="flex items-start justify-between gap-4 px-4 pt-4 sm:px-8 sm:pt-6">
      <div aria-live="polite" className="min-w-0">
        <h1 data-testid="turn" className="turn-title font-display leading-none">
          {words.title}
        </h1>
        <p className="turn-hint mt-2 text-ink/75 sm:mt-3">{words.hint}</p>
      </div>
      <div className="flex shrink-0 flex-col items-end gap-2 text-right text-quiet text-xs sm:text-sm">
        <span data-testid="link" className="flex items-center gap-2">
          <span
            className={`size-2.5 shrink-0 rounded-full ${online ? 'bg-machine' : 'animate-pulse bg-danger'}`}
          />
          {online ? modeTitle : 'connecting …'}
        </span>
        <div className="flex flex-wrap justify-end gap-2">
          {fullScreen.possible && (
            <span className="hidden sm:block">
              <Button onClick={fullScreen.toggle}>
                {fullScreen.on ? 'Leave full screen' : 'Full screen'}
              </Button>
            </span>
          )}
          <Button onClick={onPanic}>
            Stop<span className="sr-only sm:not-sr-only">&nbsp;all sound</span>
          </Button>
        </div>
      </div>
    </header>
  );
}
