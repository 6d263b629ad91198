import { Button } from '../ui/button';

/** What an operator may do with a station as it is now. */
export function StationActions({
  online,
  choosingMode,
  settingControls,
  onMode,
  onControls,
  onRename,
  onPanic,
  onRemove,
}: {
  online: boolean;
  choosingMode: boolean;
  settingControls: boolean;
  onMode: () => void;
  onControls: () => void;
  onRename: () => void;
  onPanic: () => void;
  onRemove: () => void;
}) {
  return (
    <footer className="mt-auto flex flex-wrap gap-1.5 border-line/60 border-t pt-4">
      <Button snug onClick={onMode} aria-expanded={choosingMode}>
        {choosingMode ? 'Close' : 'Mode'}
      </Button>
      <Button snug onClick={onControls} aria-expanded={settingControls}>
        {settingControls ? 'Close' : 'Controls'}
      </Button>
      <Button snug onClick={onRename}>
        Rename
      </Button>
      {online && (
        <Button look="danger" snug className="ml-auto" onClick={onPanic}>
          Panic
        </Button>
      )}
      {!online && (
        <Button look="danger" snug className="ml-auto" onClick={onRemove}>
          Remove
        </Button>
      )}
    </footer>
  );
}
