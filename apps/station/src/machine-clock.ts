/** This machine's monotonic time in ms, the same in every thread. */
export function machineMs(): number {
  return performance.timeOrigin + performance.now();
}
