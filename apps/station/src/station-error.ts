/** Ends the program with one sentence; `exitCode` tells scripts why. */
export class StationError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: { cause?: unknown }) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

export const EXIT = { usage: 64, noMidi: 2, refused: 3, badFile: 4 } as const;
