/** How far the making of an image is. */
export interface Making {
  /** what was done last, as apt-get tells it: `Setting up git` */
  step?: string;
  /** of its packages, 0 to 100; undefined until their number is known */
  percent?: number;
}

/** Each package is fetched, unpacked and set up. */
const marks = [
  { pattern: /^Get:\d+ \S+ \S+ \S+ ([a-z0-9][a-z0-9.+-]*) /, verb: "Downloading" },
  { pattern: /^Unpacking ([^ :]+)/, verb: "Unpacking" },
  { pattern: /^Setting up ([^ :]+)/, verb: "Setting up" },
] as const;

/** Reads off apt-get's lines (apt-get(8), dpkg(1), in the C locale) how far it is. */
export class MakingProgress {
  #packages: number | undefined;
  #step: string | undefined;
  #done = [0, 0, 0];

  get now(): Making {
    const [fetched = 0, unpacked = 0, ready = 0] = this.#done;
    const count = this.#packages;
    // What was fetched for another image is not fetched again.
    const done = unpacked + ready > 0 ? (count ?? 0) + unpacked + ready : fetched;
    return {
      ...(this.#step === undefined ? {} : { step: this.#step }),
      ...(count === undefined ? {} : { percent: Math.min(100, Math.floor((100 * done) / (3 * count))) }),
    };
  }

  note(line: string): void {
    const count = Number(/^\d+ upgraded, (\d+) newly installed/.exec(line)?.[1] ?? 0);
    if (count > 0) {
      this.#packages = count;
      this.#done = [0, 0, 0];
    }
    for (const [index, { pattern, verb }] of marks.entries()) {
      const name = pattern.exec(line)?.[1];
      // Lists of packages are fetched before.
      if (name === undefined || this.#packages === undefined) {
        continue;
      }
      this.#step = `${verb} ${name}`;
      this.#done = this.#done.with(index, (this.#done[index] ?? 0) + 1);
    }
  }
}
