import { createAdapter } from "@socket.io/redis-adapter";
import type { Server } from "socket.io";
import type { Places, PlacesOptions } from "../workspaces/places.ts";
import type { Counter, Peers } from "./peers.ts";
import { RedisPlaces } from "./redis-places.ts";
import type { Redis } from "./redis.ts";
import { asked, prefix, redisClient } from "./redis.ts";

/** Counts one more, and sets its end with the first. */
const countScript = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count`;

/** Several webs with one Redis. Nothing in it outlives them: it needs no disk. */
export class RedisPeers implements Peers {
  readonly #redis: Redis;
  readonly #sending: Redis;
  readonly #hearing: Redis;
  readonly #listeners = new Set<() => void>();

  /** Resolves when Redis answers, however long that takes: the log tells what is waited for. */
  static async connect(url: string): Promise<RedisPeers> {
    const peers = new RedisPeers(url);
    await Promise.all(peers.#clients.map((client) => client.connect()));
    return peers;
  }

  private constructor(url: string) {
    this.#redis = redisClient(url, { waits: false });
    // What is told to the others waits until it can be.
    this.#sending = redisClient(url, { waits: true });
    this.#hearing = redisClient(url, { waits: true });
    let isAway = false;
    this.#hearing.on("error", (error: Error) => {
      if (!isAway) console.error(`Redis (DRYDOCK_REDIS_URL) is away: ${error.message}. It is tried again.`);
      isAway = true;
    });
    this.#hearing.on("ready", () => {
      if (!isAway) return;
      isAway = false;
      console.error("Redis is there again.");
      for (const listener of this.#listeners) listener();
    });
    // The same outage, told once.
    for (const client of [this.#redis, this.#sending]) client.on("error", () => undefined);
  }

  get #clients(): Redis[] {
    return [this.#redis, this.#sending, this.#hearing];
  }

  readonly counter: Counter = {
    count: async (key, period) =>
      Number(
        await asked(
          this.#redis.eval(countScript, { keys: [`${prefix}count:${key}`], arguments: [String(Math.ceil(period))] }),
        ),
      ),
  };

  readonly onReturn = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  places(options: PlacesOptions): Places {
    return new RedisPlaces(this.#redis, options);
  }

  async takeTurn(name: string, period: number): Promise<boolean> {
    const expiration = { type: "PX", value: Math.ceil(period) } as const;
    return (await asked(this.#redis.set(`${prefix}turn:${name}`, "1", { condition: "NX", expiration }))) !== null;
  }

  join(io: Pick<Server, "adapter">): void {
    const sending = this.#sending;
    const publish = sending.publish.bind(sending);
    // The adapter does not look whether it could be sent.
    const heard = (...message: Parameters<typeof publish>): Promise<number> =>
      publish(...message).catch((error: unknown) => {
        console.error("The other webs could not be told of something.", error);
        return 0;
      });
    io.adapter(createAdapter(Object.assign(sending, { publish: heard }), this.#hearing, { key: `${prefix}sockets` }));
  }

  trouble(): string | undefined {
    return this.#clients.every((client) => client.isReady) ? undefined : "Redis does not answer";
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    return Promise.resolve();
  }
}
