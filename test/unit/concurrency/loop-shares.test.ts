import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { mock, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type LoopShare, LoopShares } from "#engine/concurrency/loop-shares.ts";
import { currentTime } from "#engine/concurrency/thread-time.ts";

/** A millisecond's work. */
function work(): void {
  for (const until = performance.now() + 1; performance.now() < until;);
}

/** Whether it need not wait for a turn of the loop. */
function isReady(share: LoopShare): Promise<boolean> {
  return Promise.race([
    share.ready().then(() => true),
    new Promise<boolean>((resolve) => setImmediate(resolve, false)),
  ]);
}

test("who works without end lets others through, long before its own end", async () => {
  const shares = new LoopShares();
  const [greedy, modest] = [shares.share(), shares.share()];
  modest.present();
  greedy.present();
  let done = 0;
  const all = Array.from({ length: 200 }, () => greedy.spend(() => (work(), done++)));
  await modest.spend(work);
  assert.ok(done < 150, `${done} pieces were done before one of another's`);
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(done < 200, "and beyond its share it waits");
  await Promise.all(all);
  assert.equal(done, 200, "in the end all is done");
});

test("pieces are done in the order of asking, and what fails is told", async () => {
  const share = new LoopShares().share();
  const order: number[] = [];
  const pieces = Array.from({ length: 20 }, (_, index) =>
    share.spend(() => {
      work();
      order.push(index);
      if (index === 7) throw new Error("the seventh");
    }),
  );
  const settled = await Promise.allSettled(pieces);
  assert.deepEqual(order, [...order.keys()]);
  assert.deepEqual(
    settled.flatMap(({ status }, index) => (status === "rejected" ? [index] : [])),
    [7],
  );
});

test("the thread's time while a request is answered is its tenant's", async () => {
  const shares = new LoopShares();
  const [greedy, modest] = [shares.share(), shares.share()];
  modest.present();
  greedy.present();
  // The loop's time is counted from its first turn on.
  await new Promise((resolve) => setTimeout(resolve, 1));
  greedy.begin();
  for (let ms = 0; ms < 200; ms++) work();
  shares.enter(undefined);
  // It is there still, however long that took on a busy machine.
  modest.present();
  const order: string[] = [];
  await Promise.all([greedy.ready().then(() => order.push("greedy")), modest.ready().then(() => order.push("modest"))]);
  assert.deepEqual(order, ["modest", "greedy"]);
});

test("who is alone waits for nobody, however long it worked and whatever it did meanwhile", async () => {
  const share = new LoopShares().share();
  share.present();
  // The loop's time is counted from its first turn on.
  await new Promise((resolve) => setTimeout(resolve, 1));
  share.begin();
  for (let ms = 0; ms < 300; ms++) {
    work();
    if (ms % 20 === 0) await share.spend(() => undefined);
  }
  assert.ok(await isReady(share));
});

test("who worked without end while alone stops for who comes, who need not wait until any credit is used up", async (t) => {
  let now = performance.now();
  t.mock.method(performance, "now", () => now);
  const shares = new LoopShares();
  const [greedy, modest] = [shares.share(), shares.share()];
  for (let turn = 0; turn < 100; turn++) {
    now += 10;
    greedy.present();
    greedy.charge(9);
  }
  assert.ok(await isReady(greedy), "nobody else is there");
  modest.present();
  assert.ok(!(await isReady(greedy)));
});

test("nobody makes room for who has asked for nothing for a second", async (t) => {
  let now = performance.now();
  t.mock.method(performance, "now", () => now);
  const shares = new LoopShares();
  const [greedy, idle] = [shares.share(), shares.share()];
  idle.present();
  now += 1_001;
  greedy.present();
  greedy.charge(1_000);
  assert.ok(await isReady(greedy));
});

test("what is owed is bounded: who worked long while others were away does not stop for long", async (t) => {
  let now = performance.now();
  t.mock.method(performance, "now", () => now);
  const shares = new LoopShares();
  const [greedy, modest] = [shares.share(), shares.share()];
  greedy.present();
  greedy.charge(60_000);
  now += 500;
  modest.present();
  assert.ok(await isReady(greedy));
});

test("who has had no more than its part lately does not wait for who has had more, though it is beyond its share", async () => {
  const shares = new LoopShares();
  const [greedy, modest] = [shares.share(), shares.share()];
  greedy.present();
  modest.present();
  greedy.charge(2_000);
  modest.charge(500);
  assert.ok(await isReady(modest));
  assert.ok(!(await isReady(greedy)));
  modest.charge(4_000);
  assert.ok(!(await isReady(modest)), "it has had more now");
});

test("what callbacks do costs whose request they go back to, whoever else's is being answered", async () => {
  const shares = new LoopShares();
  const [greedy, modest] = [shares.share(), shares.share()];
  const charged = { greedy: 0, modest: 0 };
  const own = { greedy: 0, modest: 0 };
  mock.method(greedy, "charge", (ms: number) => (charged.greedy += ms));
  mock.method(modest, "charge", (ms: number) => (charged.modest += ms));
  const end = shares.follow();
  try {
    const turns = async (name: "greedy" | "modest", ms: number) => {
      for (let turn = 0; turn < 20; turn++) {
        await (turn % 2 === 0 ? nextTurn() : readFile("/proc/self/stat"));
        const began = performance.now();
        for (let done = 0; done < ms; done++) work();
        own[name] += performance.now() - began;
      }
    };
    const both = { greedy: () => turns("greedy", 9), modest: () => turns("modest", 1) };
    await Promise.all([currentTime.run(greedy, both.greedy), currentTime.run(modest, both.modest)]);
  } finally {
    end();
  }
  shares.enter(undefined);
  const told = JSON.stringify({ charged, own });
  assert.ok(charged.greedy > own.greedy * 0.9 && charged.modest > own.modest * 0.9, told);
  assert.ok(charged.modest < own.modest + own.greedy / 3, told);
});
