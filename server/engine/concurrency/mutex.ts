/** One at a time, in the order of asking. Not reentrant: a body must not ask for the mutex it holds. */
export class Mutex {
  #tail: Promise<unknown> = Promise.resolve();

  /** Runs `body` when those before it have settled; passes on its result or error. */
  run<T>(body: () => Promise<T> | T): Promise<T> {
    const result = this.#tail.then(body);
    this.#tail = result.catch(() => {
      // The caller of `run` has the error; the next one in line does not care.
    });
    return result;
  }
}
