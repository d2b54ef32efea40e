import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { checkAccessibility } from "./accessibility.ts";
import { build, buildStatus, missing, replaceText, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

describe("an experiment with two Dockerfiles", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  it("builds both and says which is smaller, in fewer layers and with less waste", async () => {
    const page = await harness.open(await harness.context({ reducedMotion: "reduce" }));
    const wasteful = "FROM busybox\nRUN head -c 500000 /dev/zero > /big\nRUN rm /big\n";
    await replaceText(page, wasteful);
    // Opens the views: they are those of a build.
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await page.getByRole("tab", { name: "Experiment" }).click();
    const experiment = page.getByTestId("experiment");
    await experiment.getByText("Add a variant first").waitFor();
    await experiment.getByRole("button", { name: "Add a variant" }).click();
    await page
      .getByRole("list", { name: "Open files" })
      .getByRole("button", { name: "Dockerfile.variant-2", exact: true })
      .waitFor();
    await page.locator(".monaco-editor .view-line").filter({ hasText: "rm /big" }).waitFor();
    await replaceText(page, "FROM busybox\nRUN head -c 500000 /dev/zero > /big && rm /big\n");
    await page.getByRole("tab", { name: "Experiment" }).click();
    await experiment.getByRole("button", { name: "Build 2 variants" }).click();
    const results = page.getByRole("region", { name: "Variants side by side" });
    await results.getByRole("button", { name: "Show the build of Dockerfile.variant-2" }).waitFor();
    const row = async (name: string): Promise<string[]> =>
      results
        .getByRole("row", { name: new RegExp(`^${name}`) })
        .getByRole("cell")
        .allInnerTexts();
    const [wasted, none] = await row("Wasted bytes");
    assert.match(wasted ?? "", /500\skB/);
    assert.match(none ?? "", /^0\sB/);
    assert.match((await row("Layers"))[1] ?? "", /the best/);
    assert.match((await row("Size"))[1] ?? "", /the best/);
    await page.getByRole("region", { name: "Difference of Dockerfile.variant-2" }).waitFor();
    assert.equal(await page.getByTestId("not-comparable").count(), 0, "neither took a step from the cache");
    await checkAccessibility(page, "experiment");
    await experiment.getByLabel("Without cache").uncheck();
    await experiment.getByRole("button", { name: "Build 2 variants" }).click();
    await page.getByText(/Dockerfile, Dockerfile.variant-2 took steps from the cache/).waitFor();
    assert.doesNotMatch((await row("Time")).join(" "), /the best/);
    assert.match((await row("From the cache"))[0] ?? "", /3 of 3 steps$/);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("navigation").getByRole("button", { name: "Build" }).click();
    await checkAccessibility(page, "experiment-narrow");
    assert.deepEqual(harness.errors, []);
  });
});
