import assert from "node:assert/strict";
import { test } from "node:test";
import { size } from "../../../app/lib/format.ts";
import { humanSize } from "../../../server/daemon/translate/progress.ts";

test("a size is written as `docker images` writes it: decimal, three digits", () => {
  for (const [bytes, text] of [
    [0, "0 B"],
    [812, "812 B"],
    [999.6, "1 kB"],
    [4_263_000, "4.26 MB"],
    [126_600_000, "127 MB"],
    [999_900_000, "1 GB"],
    [1_240_000_000, "1.24 GB"],
    [2 ** 31, "2.15 GB"],
  ] as const) {
    assert.equal(size(bytes).replace("\u00a0", " "), text);
  }
  assert.equal(size(1_200_000).replace("\u00a0", ""), humanSize(1_200_000));
});
