/** How much is measured. */
export interface Extent {
  /** Table 1: units of each layer, and sessions, of each cell. */
  networks: number[][];
  sessions: number[];
  turnMs: number;
  /** Threads that spin for more work after a turn come to rest before the next. */
  restMs: number;
  rounds: number;
  /** A booth runs all day: what is measured is how fast it is once the compiler has seen the code often enough. */
  warmUpRounds: number;
  /** The network of the other tables. */
  network: number[];
  /** Table 2: requests at once, and how many answers of each cell are measured at least. */
  concurrent: number[];
  answers: number;
  /** Table 3: sessions to begin with and to end with at the latest, and the 16ths that each plays. */
  fewest: number;
  most: number;
  steps: number;
}

export const wholeExtent: Extent = {
  networks: [
    [128, 128],
    [256, 256],
    [512, 512],
  ],
  sessions: [1, 8, 32, 64, 128, 256],
  turnMs: 400,
  restMs: 100,
  rounds: 5,
  warmUpRounds: 3,
  network: [256, 256],
  concurrent: [1, 16, 64, 256],
  answers: 200,
  fewest: 64,
  most: 8192,
  steps: 32,
};
