/** A phrase and its answer as they look on a roll: the booth's emblem. */
const CALL = [
  { at: 0, length: 2, row: 4 },
  { at: 2, length: 1, row: 3 },
  { at: 3, length: 1, row: 2 },
  { at: 4, length: 2, row: 1 },
  { at: 6, length: 1, row: 2 },
  { at: 7, length: 1.6, row: 3 },
];
const RESPONSE = [
  { at: 10, length: 1, row: 1 },
  { at: 11, length: 1, row: 2 },
  { at: 12, length: 2, row: 0 },
  { at: 14, length: 1, row: 2 },
  { at: 15, length: 1, row: 3 },
  { at: 16, length: 2.6, row: 4 },
];
const STEP = 20;
const ROW = 15;

export function DuetMotif({ className }: { className: string }) {
  return (
    <svg viewBox="-8 -6 396 84" className={className} aria-hidden>
      <title>A call and its response</title>
      {[
        ...CALL.map((note) => ({ ...note, whose: 'call' })),
        ...RESPONSE.map((note) => ({ ...note, whose: 'response' })),
      ].map(({ at, length, row, whose }, i) => (
        <rect
          key={at}
          x={at * STEP}
          y={row * ROW}
          width={length * STEP - 3}
          height={10}
          rx={5}
          className={`motif-note ${whose === 'call' ? 'fill-visitor' : 'fill-machine'}`}
          style={{ animationDelay: `${i * 180}ms` }}
        />
      ))}
    </svg>
  );
}
