import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { build, buildStatus, isRealEngine, missing, replaceText, startHarness, stepOutput } from "./harness.ts";
import type { Harness } from "./harness.ts";

describe("interruptions", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  it("goes on after web was killed in the middle of a build", async () => {
    const page = await harness.open();
    await replaceText(
      page,
      "FROM busybox\nRUN echo one && sleep 2\nRUN echo two && sleep 2\nRUN echo three && sleep 2\n",
    );
    await build(page);
    await stepOutput(page, "one").waitFor();
    await harness.killWeb();
    await page.getByTestId("connection").getByText("The connection is lost").waitFor();
    await harness.startWeb();
    await page.getByTestId("connection").getByText("The connection is lost").waitFor({ state: "detached" });
    await buildStatus(page, "completed").waitFor({ timeout: 30_000 });
    for (const word of ["one", "two", "three"]) {
      const step = page.getByRole("button", { name: new RegExp(`^RUN echo ${word}`) });
      if ((await step.getAttribute("aria-expanded")) === "false") await step.click();
    }
    assert.equal(await page.getByRole("region", { name: "Output of this step" }).count(), 3);
    // Edits made meanwhile are saved, too.
    await replaceText(page, "FROM busybox\n# after\n");
  });

  it("says that the engine is away, and resumes", { skip: isRealEngine && "stops only the fake engine" }, async () => {
    const page = await harness.open();
    await harness.engine?.stop();
    await page.getByTestId("connection").getByText("The engine is restarting").waitFor();
    await harness.engine?.start();
    await page.getByTestId("connection").getByText("The engine is restarting").waitFor({ state: "detached" });
    await build(page);
    await buildStatus(page, "completed").waitFor();
  });
});
