/** Carries values from a producer to one reader that may come later; ends with or without an error. */
export class EventQueue<T> implements AsyncIterable<T> {
  readonly #values: T[] = [];
  #ended: { error: Error | null } | null = null;
  #wake: (() => void) | null = null;
  readonly #onLeave: () => void;

  /** `onLeave` is called when the reader leaves its loop before the end. */
  constructor(onLeave: () => void) {
    this.#onLeave = onLeave;
  }

  push(value: T): void {
    this.#values.push(value);
    this.#wake?.();
  }

  end(error: Error | null = null): void {
    this.#ended ??= { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    try {
      while (true) {
        while (this.#values.length > 0) yield this.#values.shift() as T;
        if (this.#ended?.error) throw this.#ended.error;
        if (this.#ended) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      if (!this.#ended) this.#onLeave();
    }
  }
}
