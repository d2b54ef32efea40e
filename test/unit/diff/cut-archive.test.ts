import assert from "node:assert/strict";
import { test } from "node:test";
import { TarReader } from "../../../server/engine/diff/tar/tar-reader.ts";
import { tarHeader } from "../../../bench/fixtures.ts";

/** @param zeros bytes behind the last entry */
function read(zeros: number): void {
  const reader = new TarReader({ entry: () => undefined, data: () => undefined, end: () => undefined });
  reader.write(Buffer.concat([tarHeader("file", 512), Buffer.alloc(512, "x"), Buffer.alloc(zeros)]));
  reader.finish();
}

test("an archive may lack its end mark or half of it, but not a part of a block", () => {
  for (const zeros of [0, 512, 1024, 1025, 10_240]) assert.doesNotThrow(() => read(zeros));
  for (const zeros of [513, 1023]) assert.throws(() => read(zeros), { name: "InvalidArgument", message: /cut short/ });
});
