/** The limit is looked for until it is known to a sixteenth. */
const PRECISION = 1 / 16;

/** Doubles from `fewest` up to `most` until it is too many, then halves what is left between: asks `isBearable` of each number on the way. */
export async function seekLimit(
  { fewest, most }: { fewest: number; most: number },
  isBearable: (count: number) => Promise<boolean>,
): Promise<void> {
  let tooMany = fewest;
  while (tooMany <= most && (await isBearable(tooMany))) tooMany *= 2;
  if (tooMany > most || tooMany === fewest) return;
  let bearable = tooMany / 2;
  while (tooMany - bearable > bearable * PRECISION) {
    const between = Math.round((bearable + tooMany) / 2);
    if (await isBearable(between)) bearable = between;
    else tooMany = between;
  }
}
