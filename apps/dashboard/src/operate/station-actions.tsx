import { Button } from '../ui/button';

/** All of them fit into one line of a card. */
const SNUG = 'px-2.5';

/** What an operator may do with a station as it is now. */
export function StationActions({
  online,
  inSession,
  choosingMode,
  settingControls,
  onMode,
  onControls,
  onRename,
  onPanic,
  onEndSession,
  onRemove,
}: {
  online: boolean;
  inSession: boolean;
  choosingMode: boolean;
  settingControls: boolean;
  onMode: () => void;
  onControls: () => void;
  onRename: () => void;
  onPanic: () => void;
  onEndSession: () => void;
  onRemove: () => void;
}) {
  return (
    <footer className="mt-auto flex flex-wrap gap-1.5 border-line/60 border-t pt-4">
      <Button className={SNUG} onClick={onMode} aria-expanded={choosingMode}>
        {choosingMode ? 'Close' : 'Mode'}
      </Button>
      <Button className={SNUG} onClick={onControls} aria-expanded={settingControls}>
        {settingControls ? 'Close' : 'Controls'}
      </Button>
      <Button className={SNUG} onClick={onRename}>
        Rename
      </Button>
      {inSession && (
        <Button className={SNUG} onClick={onEndSession}>
          End session
        </Button>
      )}
      {online && (
        <Button look="danger" className={`${SNUG} ml-auto`} onClick={onPanic}>
          Panic
        </Button>
      )}
      {!online && (
        <Button look="danger" className={`${SNUG} ml-auto`} onClick={onRemove}>
          Remove
        </Button>
      )}
    </footer>
  );
}
