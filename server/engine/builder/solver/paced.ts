import type { FlightContext } from "./flight.ts";
import type { ExecContext, Pace } from "./types.ts";

/** Does `work` in the builds' turn, which is waited for anew when it has waited for something aside. */
export function paced<T>(pace: Pace, context: FlightContext, work: (context: ExecContext) => Promise<T>): Promise<T> {
  return work({
    signal: context.signal,
    output: (stream, chunk) => pace.spend(() => context.output(stream, chunk)),
    status: (status) => context.status(status),
    measure: (name, value) => context.measure(name, value),
    aside: async (wait) => {
      try {
        return await wait();
      } finally {
        await pace.ready();
      }
    },
  });
}

/** For who shares with nobody. */
export const unhurried: Pace = {
  ready: () => Promise.resolve(),
  spend: async <T>(work: () => T): Promise<Awaited<T>> => await work(),
};
