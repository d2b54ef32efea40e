import { AsyncLocalStorage } from "node:async_hooks";
import { performance } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";

/** Between two looks at whose turn it is, ms. */
const stretch = 2;

/** Whose time of this thread some work takes (`LoopShare`). */
export interface ThreadTime {
  /** Does a small piece of work when it is their turn; passes on what it gives or throws. */
  spend<T>(work: () => T): Promise<Awaited<T>>;
  /** What the thread does from now on is done for them, until it is known to be for others. */
  begin?(): void;
}

/** Of nobody's share: others get their turn in between. */
export const nobodysTime: ThreadTime = {
  spend: async <T>(work: () => T): Promise<Awaited<T>> => {
    const result = await work();
    await nextTurn();
    return result;
  },
};

/** The time of whose request is being answered; outside of requests there is none. */
export const currentTime = new AsyncLocalStorage<ThreadTime | undefined>();

/** The time that long work takes which is begun now. */
export function timeOfRequest(): ThreadTime {
  return currentTime.getStore() ?? nobodysTime;
}

/** As much as a stretch of time allows, until something is made or nothing is left. */
function someOf<Made, Result>(steps: Iterator<Made | undefined, Result>): IteratorResult<Made | undefined, Result> {
  const until = performance.now() + stretch;
  let step = steps.next();
  while (step.done !== true && step.value === undefined && performance.now() < until) step = steps.next();
  return step;
}

/**
 * What is made in small steps (undefined: nothing is full yet), in turns of whose request it is for when this is called,
 * or of `time`.
 */
export function inTurns(
  steps: Generator<Buffer | undefined, void>,
  time: ThreadTime = timeOfRequest(),
): AsyncGenerator<Buffer, void> {
  async function* taken(): AsyncGenerator<Buffer, void> {
    try {
      for (let step = await time.spend(() => someOf(steps)); step.done !== true;) {
        if (step.value !== undefined) yield step.value;
        step = await time.spend(() => someOf(steps));
      }
    } finally {
      steps.return();
    }
  }
  return taken();
}

/** What work in small steps comes to, in turns of whose request it is for when this is called, or of `time`. */
export async function inPieces<T>(steps: Generator<undefined, T>, time: ThreadTime = timeOfRequest()): Promise<T> {
  for (;;) {
    const step = await time.spend(() => someOf(steps));
    if (step.done === true) return step.value;
  }
}

/** The same at once, where nothing can wait. */
export function completed<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
