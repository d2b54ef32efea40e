import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { missing, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

describe("limits", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    // Containers of whom nobody does anything are stopped after 36 seconds, and it is told after 18.
    harness = await startHarness(["busybox"], { DRYDOCK_STOP_AFTER_HOURS: "0.01" });
  });
  after(() => harness.close());

  it("are no reason not to be alive and ready", async () => {
    for (const path of ["/healthz", "/readyz"]) {
      const answer = await fetch(`${harness.url}${path}`);
      assert.deepEqual([answer.status, await answer.json()], [200, { status: "ok", problems: [] }], path);
    }
    assert.equal((await fetch(`${harness.url}/metrics`)).status, 404, "metrics are not for everybody");
  });

  it("are shown as used and allowed, and the end of idle containers is told before it comes", async () => {
    const page = await harness.open();
    await page.getByRole("button", { name: /^Workspace/ }).click();
    await page.getByRole("menuitem", { name: "Limits and use" }).click();
    const dialog = page.getByRole("dialog", { name: "Limits and use" });
    await dialog.getByText(/\sof 2\.15\sGB$/).waitFor();
    await dialog.getByText(/^\d+ of 512$/).waitFor();
    await dialog.getByText("up to 200", { exact: true }).waitFor();
    await dialog.getByText(/^Of the disk: .*workspace/).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });

    const banner = page.getByTestId("idle");
    await banner.getByText("its containers stop; files are kept").waitFor();
    await banner.getByRole("button", { name: "Keep them running" }).click();
    await banner.getByRole("button").waitFor({ state: "hidden" });
    assert.deepEqual(harness.errors, []);
  });
});
