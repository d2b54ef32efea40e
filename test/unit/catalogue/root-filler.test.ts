import assert from "node:assert/strict";
import { test } from "node:test";
import { alwaysIncluded } from "../../../server/engine/catalogue/root-filler.ts";

test("a distribution's stand-in has apt, which Ubuntu's smallest set lacks, and authorities where sources speak TLS", () => {
  assert.deepEqual(alwaysIncluded({ aptSources: ["deb http://mirror.invalid/ubuntu noble main"] }), ["apt"]);
  assert.deepEqual(alwaysIncluded({ aptSources: ["deb https://mirror.invalid/debian trixie main"] }), [
    "apt",
    "ca-certificates",
  ]);
});
