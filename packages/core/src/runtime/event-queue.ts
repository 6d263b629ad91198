/** Carries values from a producer to one reader that may come later; ends with or without an error. */
export class EventQueue<T> implements AsyncIterable<T>, AsyncIterator<T, undefined> {
  /** Pushed and not read. */
  readonly #values: T[] = [];
  #ended: { error: Error | null } | null = null;
  #waiting: {
    resolve: (result: IteratorResult<T, undefined>) => void;
    reject: (error: Error) => void;
  } | null = null;
  readonly #onLeave: () => void;

  /** `onLeave` is called when the reader leaves its loop before the end. */
  constructor(onLeave: () => void) {
    this.#onLeave = onLeave;
  }

  push(value: T): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting) waiting.resolve({ value, done: false });
    else this.#values.push(value);
  }

  end(error: Error | null = null): void {
    if (this.#ended) return;
    this.#ended = { error };
    const waiting = this.#waiting;
    this.#waiting = null;
    if (error) waiting?.reject(error);
    else waiting?.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#values.length > 0) return Promise.resolve({ value: this.#values.shift() as T, done: false });
    if (this.#ended?.error) return Promise.reject(this.#ended.error);
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#values.length = 0;
    if (!this.#ended) this.#onLeave();
    return Promise.resolve({ value: undefined, done: true });
  }
}
