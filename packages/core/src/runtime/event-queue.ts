/** Carries values from a producer to one reader that may come later; ends with or without an error. */
export class EventQueue<T> implements AsyncIterable<T>, AsyncIterator<T, undefined> {
  readonly #values: T[] = [];
  #read = 0;
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
    if (this.#read < this.#values.length)
      return Promise.resolve({ value: this.#values[this.#read++] as T, done: false });
    if (this.#ended?.error) return Promise.reject(this.#ended.error);
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    if (!this.#ended) this.#onLeave();
    return Promise.resolve({ value: undefined, done: true });
  }
}
