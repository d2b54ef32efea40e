import assert from "node:assert/strict";
import { test } from "node:test";
import { TokenBucket } from "../../../server/contract/token-bucket.ts";

test("a burst is let through, then so much per second, and never more than a burst at once", () => {
  let now = 0;
  const bucket = new TokenBucket(
    () => ({ burst: 10, perSecond: 2 }),
    () => now,
  );
  assert.ok(bucket.take(10));
  assert.ok(!bucket.take(1));
  assert.equal(bucket.wait(1), 0.5);
  now = 500;
  assert.equal(bucket.wait(1), 0);
  assert.ok(bucket.take(1));
  assert.ok(!bucket.take(1));
  now = 3_600_000;
  assert.ok(!bucket.take(11));
  assert.equal(bucket.wait(11), Infinity);
  assert.ok(bucket.take(10));
});

test("its size may change while it is used", () => {
  let size = { burst: 100, perSecond: 1 };
  const bucket = new TokenBucket(
    () => size,
    () => 0,
  );
  assert.ok(bucket.take(1));
  size = { burst: 2, perSecond: 0 };
  assert.ok(bucket.take(2));
  assert.ok(!bucket.take(1));
  assert.equal(bucket.wait(1), Infinity);
});
