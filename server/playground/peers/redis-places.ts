import type { Places, PlacesOptions } from "../workspaces/places.ts";
import { holdingPatience, waitingPatience } from "../workspaces/places.ts";
import type { Redis } from "./redis.ts";
import { asked, prefix } from "./redis.ts";

const held = `${prefix}places:held`;
const queue = `${prefix}places:queue`;
const silent = `${prefix}places:asked`;
const arrivals = `${prefix}places:arrivals`;

/**
 * As `MemoryPlaces.ask`, in one step for all webs. KEYS: who has a place → when somebody was last seen in it (ms); who waits →
 * the number it came as; who waits → when it last asked (ms); the last number. ARGV: id, now, places, patience with who
 * waits, patience with who has one (ms). Answers its position (0: it has a place), then who has lost theirs.
 */
const askScript = `
local held, queue, asked, arrivals = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, now, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
if redis.call('ZSCORE', held, id) then
  redis.call('ZADD', held, now, id)
  return {'0'}
end
for _, each in ipairs(redis.call('ZRANGEBYSCORE', asked, '-inf', '(' .. (now - tonumber(ARGV[4])))) do
  redis.call('ZREM', queue, each)
  redis.call('ZREM', asked, each)
end
redis.call('ZADD', asked, now, id)
redis.call('ZADD', queue, 'NX', redis.call('INCR', arrivals), id)
local position = redis.call('ZRANK', queue, id) + 1
local missing = position - (most - redis.call('ZCARD', held))
local lost = {}
if missing > 0 then
  local limit = '(' .. (now - tonumber(ARGV[5]))
  lost = redis.call('ZRANGEBYSCORE', held, '-inf', limit, 'LIMIT', 0, missing)
  for _, each in ipairs(lost) do redis.call('ZREM', held, each) end
end
if #lost < missing then return {tostring(position), unpack(lost)} end
redis.call('ZREM', queue, id)
redis.call('ZREM', asked, id)
redis.call('ZADD', held, now, id)
return {'0', unpack(lost)}`;

/** Of all webs that have this Redis. */
export class RedisPlaces implements Places {
  readonly #redis: Redis;
  readonly #options: PlacesOptions;

  constructor(redis: Redis, options: PlacesOptions) {
    this.#redis = redis;
    this.#options = options;
  }

  /** @throws Problem 503 when Redis does not answer */
  async ask(id: string, now = Date.now()): Promise<number | undefined> {
    const { most, onLost } = this.#options;
    if (most === 0) return undefined;
    const answer = await asked(
      this.#redis.eval(askScript, {
        keys: [held, queue, silent, arrivals],
        arguments: [id, ...[now, most, waitingPatience, holdingPatience].map(String)],
      }),
    );
    const [position, ...lost] = answer as string[];
    for (const each of lost) onLost(each);
    return position === "0" ? undefined : Number(position);
  }

  async seen(id: string, now = Date.now()): Promise<void> {
    await this.#tell(id, () => this.#redis.zAdd(held, { score: now, value: id }, { condition: "XX" }));
  }

  /** One that is not told of it is found empty, and given to who waits. */
  async leave(id: string): Promise<void> {
    await this.#tell(id, () => Promise.all([held, queue, silent].map((key) => this.#redis.zRem(key, id))));
  }

  /** What the next telling makes good is not worth a failure of whoever tells. */
  async #tell(id: string, tell: () => Promise<unknown>): Promise<void> {
    if (this.#options.most === 0) return;
    try {
      await tell();
    } catch (error) {
      console.error(`Redis was not told of workspace ${id}'s place.`, error);
    }
  }
}
