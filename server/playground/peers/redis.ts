import { createClient } from "@redis/client";
import { Problem } from "../http/problem.ts";

/** All that is ours in it begins so. */
export const prefix = "drydock:";

/** @param url `redis://`, `rediss://`, or `unix:///path/of/its.sock` */
export function redisClient(url: string, options: { waits: boolean }) {
  const place = url.startsWith("unix://")
    ? { socket: { path: url.slice("unix://".length), tls: false as const } }
    : { url };
  // One that does not wait is refused at once while Redis is away: no request of a page hangs on it.
  return createClient({ ...place, RESP: 2, disableOfflineQueue: !options.waits });
}
export type Redis = ReturnType<typeof redisClient>;

/** @throws Problem 503 when Redis does not answer */
export async function asked<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    console.error("Redis did not answer.", error);
    throw new Problem(503, "The playground cannot reach what its servers have in common. Try again in a moment.");
  }
}
