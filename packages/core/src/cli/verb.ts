export interface Verb {
  summary: string;
  usage: string;
  /** Throws an Error whose message tells a person what to do. */
  run(args: string[]): Promise<void>;
}
