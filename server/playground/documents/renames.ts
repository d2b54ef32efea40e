/** How long after a rename the old name is still asked for: until a missed change of the files was looked for, ms. */
const memory = 60_000;

interface Renamed {
  from: string;
  to: string;
}

/** Names that files were given a moment ago, for who finds them gone under the old ones. */
export class Renames {
  readonly #known = new Set<Renamed>();

  /** Runs `act`, which renames; known from before it on, so that nobody is told of a deletion. @throws what it throws */
  async during<Result>(from: string, to: string, act: () => Promise<Result>): Promise<Result> {
    const renamed = { from, to };
    this.#known.add(renamed);
    try {
      const result = await act();
      setTimeout(() => this.#known.delete(renamed), memory).unref();
      return result;
    } catch (error) {
      this.#known.delete(renamed);
      throw error;
    }
  }

  /** What became of a file of this name, or of a directory above it: the last one counts. */
  nameOf(path: string): string | undefined {
    const renamed = [...this.#known].findLast(({ from }) => path === from || path.startsWith(`${from}/`));
    return renamed && renamed.to + path.slice(renamed.from.length);
  }
}
