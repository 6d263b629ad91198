import type { DownloadProgress } from '../models/index.js';

const STEP_PERCENT = 10;
const STEP_BYTES = 1 << 20; // where the size is not known

/** Prints a line every tenth of a file, so that a log stays readable. */
export function printDownloads(): (progress: DownloadProgress) => void {
  let lastUrl = '';
  let lastStep = -1;
  return ({ url, receivedBytes, totalBytes }) => {
    const step = totalBytes
      ? Math.floor((100 * receivedBytes) / totalBytes / STEP_PERCENT)
      : Math.floor(receivedBytes / STEP_BYTES);
    if (url === lastUrl && step <= lastStep) return;
    lastUrl = url;
    lastStep = step;
    const of = totalBytes ? ` of ${kilobytes(totalBytes)} (${step * STEP_PERCENT} %)` : '';
    console.log(`${url}: ${kilobytes(receivedBytes)}${of}`);
  };
}

const kilobytes = (bytes: number) => `${Math.ceil(bytes / 1000)} kB`;
