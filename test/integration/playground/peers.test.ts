/** What several webs have in common, on a real Redis that this file starts. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { RedisPeers } from "../../../server/playground/peers/redis-peers.ts";
import { redisClient } from "../../../server/playground/peers/redis.ts";
import { patience } from "../../suites/patience.ts";
import { placesSuite } from "../../suites/places.ts";
import { type StoppableService, startRedis } from "../../suites/services.ts";

const hour = 3_600_000;

placesSuite("in Redis", async () => {
  const redis = await startRedis();
  const [peers, client] = [await RedisPeers.connect(redis.url), redisClient(redis.url, { waits: true })];
  await client.connect();
  return {
    places: async (options) => {
      await client.flushDb();
      return peers.places(options);
    },
    dispose: async () => {
      client.destroy();
      await peers.close();
      await redis.stop();
    },
  };
});

describe("two webs with one Redis", () => {
  let redis: StoppableService;
  let one: RedisPeers;
  let other: RedisPeers;
  before(async () => {
    redis = await startRedis();
    [one, other] = await Promise.all([RedisPeers.connect(redis.url), RedisPeers.connect(redis.url)]);
  });
  after(async () => {
    await Promise.all([one.close(), other.close()]);
    await redis.stop();
  });

  it("have one queue, and one limit for newcomers", async () => {
    const lost: string[] = [];
    const options = { most: 1, onLost: (id: string) => lost.push(id) };
    const [here, there] = [one.places(options), other.places(options)];
    assert.deepEqual([await here.ask("a"), await there.ask("b"), await here.ask("c")], [undefined, 1, 2]);
    await there.leave("a");
    assert.deepEqual([await here.ask("c"), await there.ask("b")], [2, undefined]);
    const counts = [await one.counter.count("x", hour), await other.counter.count("x", hour)];
    assert.deepEqual([...counts, await one.counter.count("y", hour)], [1, 2, 1]);
    await one.counter.count("z", 1);
    await until(async () => (await other.counter.count("z", 1)) === 1);
  });

  it("take turns", async () => {
    assert.deepEqual([await one.takeTurn("t", hour), await other.takeTurn("t", hour)], [true, false]);
    assert.equal(await other.takeTurn("u", hour), true);
  });

  it("say that Redis is away instead of waiting for it, and go on when it is back", async () => {
    let returned = 0;
    const stop = one.onReturn(() => returned++);
    assert.equal(one.trouble(), undefined);
    const places = one.places({ most: 1, onLost: () => undefined });
    await redis.kill();
    await until(() => one.trouble() !== undefined);
    assert.equal(one.trouble(), "Redis does not answer");
    await assert.rejects(places.ask("d"), { status: 503 });
    await assert.rejects(one.counter.count("d", hour), { status: 503 });
    await places.leave("d");
    assert.equal(returned, 0);
    await redis.start();
    await until(() => returned > 0 && one.trouble() === undefined);
    assert.equal(await places.ask("e"), undefined, "it is empty, and serves");
    stop();
  });
});

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + patience; !(await done()); await sleep(5)) {
    assert.ok(Date.now() < end, `${done.toString()} did not become true`);
  }
}
