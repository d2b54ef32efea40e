export interface TurnsOptions {
  /** how many are begun at a time; asked anew for each */
  atOnce: () => number;
  /** How long one counts as begun, ms: what takes longer mostly waits for something else. */
  countedFor: number;
}

/** Lets so much of one kind of work begin at a time; the next, in the order of asking, when one has ended or takes long. */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #waiting: (() => void)[] = [];
  #begun = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** Nothing is begun, and nothing waits. */
  get isIdle(): boolean {
    return this.#begun === 0 && this.#waiting.length === 0;
  }

  /**
   * Does `work` when it is its turn, and passes on its result or error.
   * @param before what else is waited for then
   */
  async run<T>(work: () => Promise<T>, before?: () => Promise<void>): Promise<T> {
    if (this.#begun < this.#options.atOnce()) this.#begun++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let timer: NodeJS.Timeout | undefined;
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      clearTimeout(timer);
      this.#passOn();
    };
    try {
      await before?.();
      timer = setTimeout(leave, this.#options.countedFor);
      return await work();
    } finally {
      leave();
    }
  }

  /** One has left: its place is the next one's, and those are, too, that have been added since. */
  #passOn(): void {
    this.#begun--;
    while (this.#waiting.length > 0 && this.#begun < this.#options.atOnce()) {
      this.#begun++;
      this.#waiting.shift()?.();
    }
  }
}
