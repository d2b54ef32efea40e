import assert from "node:assert/strict";
import { test } from "node:test";
import { LoopShares } from "#engine/concurrency/loop-shares.ts";

/** A millisecond's work. */
function work(): void {
  for (const until = performance.now() + 1; performance.now() < until;);
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
  const end = greedy.begin();
  for (let ms = 0; ms < 200; ms++) work();
  end();
  const order: string[] = [];
  await Promise.all([greedy.ready().then(() => order.push("greedy")), modest.ready().then(() => order.push("modest"))]);
  assert.deepEqual(order, ["modest", "greedy"]);
});

test("who is alone waits for nobody, however long it worked and whatever it did meanwhile", async () => {
  const share = new LoopShares().share();
  share.present();
  // The loop's time is counted from its first turn on.
  await new Promise((resolve) => setTimeout(resolve, 1));
  const end = share.begin();
  for (let ms = 0; ms < 300; ms++) {
    work();
    if (ms % 20 === 0) await share.spend(() => undefined);
  }
  end();
  const first = await Promise.race([
    share.ready().then(() => "ready"),
    new Promise((resolve) => setImmediate(resolve, "others' turn")),
  ]);
  assert.equal(first, "ready");
});
