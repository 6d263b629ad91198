'use client';
import { type KeyLayout, labelOfCode } from '../keyboard/key-map';

/** Between roll and keyboard: whose colour is whose, and lower or higher keys. */
export function StageStrip({
  rowLowest,
  layout,
  onOctave,
}: {
  rowLowest: number;
  layout: KeyLayout;
  onOctave: (by: -12 | 12) => void;
}) {
  const octave = rowLowest / 12 - 1;
  return (
    <div className="flex items-center justify-between gap-3 px-2 pb-2 text-quiet text-xs sm:px-4 sm:text-sm">
      <OctaveButton
        label="Lower"
        sign="◂"
        by={-12}
        printed={labelOfCode('KeyZ', layout)}
        onOctave={onOctave}
      />
      <p className="flex flex-wrap justify-center gap-x-5 short:invisible">
        <span>
          <span className="text-visitor">●</span> you
        </span>
        <span>
          <span className="text-machine">●</span> the machine
        </span>
        <span className="pointer-coarse:hidden hidden md:inline">The letters on the keys play too.</span>
        <span className="sr-only" aria-live="polite">
          {`Keys from C${octave}`}
        </span>
      </p>
      <OctaveButton
        label="Higher"
        sign="▸"
        by={12}
        printed={labelOfCode('KeyX', layout)}
        onOctave={onOctave}
      />
    </div>
  );
}

function OctaveButton({
  label,
  sign,
  by,
  printed,
  onOctave,
}: {
  label: string;
  sign: string;
  by: -12 | 12;
  printed: string;
  onOctave: (by: -12 | 12) => void;
}) {
  return (
    <button
      type="button"
      aria-label={`${label} keys`}
      onClick={() => onOctave(by)}
      className="flex min-h-9 items-center gap-2 rounded-full border border-line bg-raised px-4 text-ink hover:border-quiet"
    >
      {by < 0 && <span aria-hidden>{sign}</span>}
      {label}
      <kbd className="pointer-coarse:hidden hidden rounded border border-line px-1.5 text-quiet text-xs sm:inline">
        {printed}
      </kbd>
      {by > 0 && <span aria-hidden>{sign}</span>}
    </button>
  );
}
