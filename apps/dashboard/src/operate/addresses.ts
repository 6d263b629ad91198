const THIS_MACHINE = /^http:\/\/(localhost|127\.|\[::1\])/;

/** Of a booth's addresses the one that other machines reach it at: the operator's own, unless only this machine knows it. */
export function addressForOthers(addresses: readonly string[]): string | null {
  return addresses.find((address) => !THIS_MACHINE.test(address)) ?? null;
}
