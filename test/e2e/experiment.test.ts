import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { checkAccessibility } from "./accessibility.ts";
import { build, buildStatus, missing, replaceText, startHarness, until } from "./harness.ts";
import type { Harness } from "./harness.ts";

describe("an experiment with several Dockerfiles", { skip: missing() ?? false }, () => {
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
    // As it is, it is a copy.
    await experiment.getByRole("button", { name: "Build 2 variants" }).click();
    await page.getByTestId("twins").getByText("chance: Dockerfile, Dockerfile.variant-2.").waitFor();
    const results = page.getByRole("region", { name: "Variants side by side" });
    assert.doesNotMatch(await results.innerText(), /the best/);
    await replaceText(page, "FROM busybox\nRUN head -c 500000 /dev/zero > /big && rm /big\n");
    await page.getByRole("tab", { name: "Experiment" }).click();
    await experiment.getByRole("button", { name: "Build 2 variants" }).click();
    await page.getByTestId("twins").waitFor({ state: "detached" });
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

  it("takes up to four, of which one fails and one is left out, and can be stopped", async () => {
    const page = await harness.open(await harness.context({ reducedMotion: "reduce" }));
    const variants = [
      "RUN head -c 300000 /dev/zero > /big",
      "RUN true",
      "RUN exit 3",
      "RUN head -c 600000 /dev/zero > /big",
    ];
    const experiment = page.getByTestId("experiment");
    const results = page.getByRole("region", { name: "Variants side by side" });
    await replaceText(page, `FROM busybox\n${variants[0]}\n`);
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await page.getByRole("tab", { name: "Experiment" }).click();
    for (const [index, line] of variants.entries()) {
      if (index === 0) continue;
      await experiment.getByRole("button", { name: "Add a variant" }).click();
      const name = `Dockerfile.variant-${index + 1}`;
      await page.getByRole("list", { name: "Open files" }).getByRole("button", { name, exact: true }).waitFor();
      await page.locator(".monaco-editor .view-line").filter({ hasText: "FROM busybox" }).waitFor();
      await replaceText(page, `FROM busybox\n${line}\n`);
      await page.getByRole("tab", { name: "Experiment" }).click();
    }
    await experiment.getByRole("button", { name: "Build 4 variants" }).click();
    const shows = results.getByRole("button", { name: /^Show the build of/ });
    await until("all four are over", async () => (await shows.count()) === 4);
    const row = (name: string): Promise<string[]> =>
      results
        .getByRole("row", { name: new RegExp(`^${name}`) })
        .getByRole("cell")
        .allInnerTexts();
    const sizes = await row("Size");
    assert.equal(sizes.length, 4);
    assert.match(sizes[1] ?? "", /the best/);
    assert.equal(sizes[2], "–", "what has failed has no size");
    assert.doesNotMatch(`${sizes[0]}${sizes[3]}`, /the best/);
    await results
      .getByRole("columnheader", { name: /variant-3/ })
      .getByText(/exit 3|code 3/)
      .waitFor();
    const differences = page.getByRole("region", { name: /^Difference of/ });
    await until("three differences are shown", async () => (await differences.count()) === 3);
    await checkAccessibility(page, "experiment-four");
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("navigation").getByRole("button", { name: "Build" }).click();
    await checkAccessibility(page, "experiment-four-narrow");
    await page.setViewportSize({ width: 1280, height: 800 });

    // A fifth is there to choose, once one of the four is left out.
    await experiment.getByRole("button", { name: "Add a variant" }).click();
    const fifth = experiment.getByRole("checkbox", { name: "Dockerfile.variant-5" });
    await page.getByRole("tab", { name: "Experiment" }).click();
    await fifth.waitFor();
    assert.equal(await fifth.isDisabled(), true);
    await experiment.getByRole("checkbox", { name: "Dockerfile.variant-3" }).uncheck();
    assert.equal(await fifth.isChecked(), true);
    await page.locator(".monaco-editor .view-line").filter({ hasText: "FROM busybox" }).waitFor();
    await replaceText(page, "FROM busybox\nRUN sleep 100\n");
    await page.getByRole("tab", { name: "Experiment" }).click();
    await experiment.getByRole("button", { name: "Build 4 variants" }).click();
    await results
      .getByRole("columnheader", { name: /variant-5/ })
      .getByText("Building")
      .waitFor();
    await experiment.getByRole("button", { name: "Cancel" }).click();
    await experiment.getByRole("button", { name: "Build 4 variants" }).waitFor();
    await results
      .getByRole("columnheader", { name: /variant-5/ })
      .getByText(/cancelled/i)
      .waitFor();
    assert.deepEqual(harness.errors, []);
  });
});
