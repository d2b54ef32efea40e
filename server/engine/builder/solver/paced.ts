import type { FlightContext } from "./flight.ts";
import type { ExecContext, Pace } from "./types.ts";

/** Does `work` in the builds' turn; their turn is over while it waits aside, and is waited for anew then. */
export async function paced<T>(
  pace: Pace,
  context: FlightContext,
  work: (context: ExecContext) => Promise<T>,
): Promise<T> {
  let end: (() => void) | undefined = pace.begin();
  const pause = (): void => {
    end?.();
    end = undefined;
  };
  let waiting = 0;
  try {
    return await work({
      signal: context.signal,
      output: (stream, chunk) => pace.spend(() => context.output(stream, chunk)),
      status: (status) => context.status(status),
      measure: (name, value) => context.measure(name, value),
      aside: async (wait) => {
        waiting += 1;
        pause();
        try {
          return await wait();
        } finally {
          waiting -= 1;
          await pace.ready();
          if (waiting === 0) end ??= pace.begin();
        }
      },
    });
  } finally {
    pause();
  }
}

/** For who shares with nobody. */
export const unhurried: Pace = {
  ready: () => Promise.resolve(),
  begin: () => () => undefined,
  spend: async <T>(work: () => T): Promise<Awaited<T>> => await work(),
};
