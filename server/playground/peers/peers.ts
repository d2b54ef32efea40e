import type { Server } from "socket.io";
import type { Places, PlacesOptions } from "../workspaces/places.ts";

/** Counts that begin anew after a while. */
export interface Counter {
  /** Counts one more; how many there are since the first, at most `period` ms ago. */
  count(key: string, period: number): Promise<number>;
}

/**
 * What this web and the others of the same playground have in common beside the database: decision 0012. A web that is
 * alone has it in memory (`alone.ts`), several in Redis (`redis-peers.ts`).
 */
export interface Peers {
  readonly counter: Counter;
  places(options: PlacesOptions): Places;
  /** Whether it is this web that does what one of them does, for the next `period` ms. */
  takeTurn(name: string, period: number): Promise<boolean>;
  /** Lets the sockets of all webs hear each other. Called once. */
  join(io: Pick<Server, "adapter">): void;
  /** Told whenever the others could not be heard for a while, and can again. undefined: there are none. */
  onReturn: ((listener: () => void) => () => void) | undefined;
  /** Why it cannot serve, in words; undefined if it can. */
  trouble(): string | undefined;
  close(): Promise<void>;
}
