/** Lets one in after the other, in the order in which they came. */
export class Turnstile {
  #last: Promise<void> = Promise.resolve();

  /** What `work` resolves to or throws, once everybody before is through. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    try {
      return await work();
    } finally {
      resolve();
    }
  }
}
