import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { whyNoGvisor, whyOldGvisor } from "../suites/gvisor.ts";
import { baseImages, buildAndRun, oneImage, typeRedisCounter } from "./example-steps.ts";
import { missing, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { enter, openWorkstation, waitForScreen } from "./terminals.ts";

const skip = missing() ?? whyNoGvisor ?? whyOldGvisor ?? false;

describe("the examples, through the page, on gVisor", { skip }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness(baseImages);
    const answer = await harness.engine.call("PUT", "/drydock/v1/policies/public", { runtime: "runsc" });
    assert.equal(answer.status, 200, answer.text);
  });
  after(() => harness.close());

  it("what the page's shell starts is on gVisor's kernel", async () => {
    const page = await harness.open();
    await openWorkstation(page);
    await enter(page, "docker run --rm busybox dmesg");
    await waitForScreen(page, /Starting gVisor/);
    await page.close();
  });

  for (const name of oneImage) it(name, () => buildAndRun(harness, name));

  it("redis-counter, with docker commands typed in the workstation", () => typeRedisCounter(harness));

  it("logs no error", () => {
    assert.deepEqual(harness.errors, []);
  });
});
