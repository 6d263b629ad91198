import { Button } from '../ui/button';

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
    <footer className="mt-auto flex flex-wrap gap-2 border-line/60 border-t pt-4">
      <Button onClick={onMode} aria-expanded={choosingMode}>
        {choosingMode ? 'Close' : 'Mode'}
      </Button>
      <Button onClick={onControls} aria-expanded={settingControls}>
        {settingControls ? 'Close' : 'Controls'}
      </Button>
      <Button onClick={onRename}>Rename</Button>
      {inSession && <Button onClick={onEndSession}>End session</Button>}
      {online && (
        <Button look="danger" className="ml-auto" onClick={onPanic}>
          Panic
        </Button>
      )}
      {!online && (
        <Button look="danger" className="ml-auto" onClick={onRemove}>
          Remove
        </Button>
      )}
    </footer>
  );
}
