import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LocalEventBus } from "#engine/events/local.ts";

const event = (action: string) => ({ type: "container" as const, action, actor: { id: "x", attributes: {} } });

async function actions(bus: LocalEventBus, options: { sinceNano?: bigint; untilNano?: bigint }, count = Infinity) {
  const found: string[] = [];
  const controller = new AbortController();
  for await (const { action } of bus.subscribe({ ...options, signal: controller.signal })) {
    found.push(action);
    if (found.length >= count) {
      controller.abort();
    }
  }
  return found;
}

describe("event bus", () => {
  it("replays the past, then goes on live", async () => {
    const bus = new LocalEventBus();
    bus.publish(event("create"));
    const live = actions(bus, {}, 1);
    const replayed = actions(bus, { sinceNano: 0n }, 2);
    await new Promise((resolve) => setImmediate(resolve));
    bus.publish(event("start"));
    assert.deepEqual(await live, ["start"]);
    assert.deepEqual(await replayed, ["create", "start"]);
  });

  it("ends at `until`, remembers a thousand, and its times grow", async () => {
    const bus = new LocalEventBus();
    for (let n = 0; n < 1_200; n++) {
      bus.publish(event(String(n)));
    }
    const times: bigint[] = [];
    const untilNano = BigInt(Date.now() + 20) * 1_000_000n;
    for await (const { timeNano } of bus.subscribe({
      sinceNano: 0n,
      untilNano,
      signal: new AbortController().signal,
    })) {
      times.push(timeNano);
    }
    assert.equal(times.length, 1_000);
    assert.ok(times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0n)));
    assert.equal((await actions(bus, { sinceNano: 0n, untilNano }))[0], "200");
  });

  it("remembers no more than eight million characters, and the newest event whatever it is", async () => {
    const bus = new LocalEventBus();
    const untilNano = BigInt(Date.now() + 20) * 1_000_000n;
    for (let n = 0; n < 20; n++) bus.publish(event(`${n} ${"x".repeat(1_000_000)}`));
    const kept = (await actions(bus, { sinceNano: 0n, untilNano })).map((action) => action.split(" ", 1)[0]);
    assert.deepEqual(kept, ["12", "13", "14", "15", "16", "17", "18", "19"]);
    const labels = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`${n}`, "x".repeat(10_000)]));
    bus.publish({ type: "container", action: "start", actor: { id: "x", attributes: labels } });
    assert.deepEqual(await actions(bus, { sinceNano: 0n, untilNano: BigInt(Date.now() + 20) * 1_000_000n }), ["start"]);
  });

  it("queues no more for a slow subscriber", async () => {
    const bus = new LocalEventBus();
    const slow = bus.subscribe({ signal: new AbortController().signal })[Symbol.asyncIterator]();
    const first = slow.next();
    for (let n = 0; n < 20; n++) bus.publish(event(`${n} ${"x".repeat(1_000_000)}`));
    assert.match((await first).value?.action ?? "", /^12 /);
    await slow.return?.();
  });
});
