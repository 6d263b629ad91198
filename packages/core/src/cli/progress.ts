/** A line that is written over again and again on a terminal; elsewhere, such as in a log, only what stays is written. */
export function showProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
}

/** 0 to 1 as a bar of 24 signs. */
export function bar(share: number): string {
  const full = Math.round(24 * Math.min(1, Math.max(0, share)));
  return `${'#'.repeat(full)}${'.'.repeat(24 - full)}`;
}

export function endProgress(): void {
  showProgress('');
}

/** `2 h 05 min`, `3 min 20 s`, `8 s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`;
  if (whole >= 60) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  return `${whole} s`;
}

const pad = (value: number) => String(value).padStart(2, '0');
