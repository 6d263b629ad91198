/** Which slot sits in which row of a batch. Members keep their rows from step to step, so that only who comes and goes is copied. */
export class Seats {
  readonly #rowOf = new Map<number, number>();
  #slots: (number | null)[] = [];

  get size(): number {
    return this.#slots.length;
  }

  rowOf(slot: number): number | null {
    return this.#rowOf.get(slot) ?? null;
  }

  /** Those that have a seat. */
  slots(): number[] {
    return [...this.#rowOf.keys()];
  }

  resize(size: number): void {
    this.#rowOf.clear();
    this.#slots = new Array<number | null>(size).fill(null);
  }

  stand(slot: number): void {
    const row = this.#rowOf.get(slot);
    if (row === undefined) return;
    this.#rowOf.delete(slot);
    this.#slots[row] = null;
  }

  /** Gives each of `slots` a row, the first ones that are free; there must be enough. */
  sit(slots: readonly number[]): number[] {
    let row = 0;
    return slots.map((slot) => {
      while (this.#slots[row] !== null) row++;
      this.#slots[row] = slot;
      this.#rowOf.set(slot, row);
      return row;
    });
  }
}
