import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Locator, Page } from "playwright-core";
import {
  build,
  buildStatus,
  enlargeButton,
  missing,
  replaceText,
  startHarness,
  stepOutput,
  workspaceOf,
} from "./harness.ts";
import type { Harness } from "./harness.ts";
import { enter, waitForScreen } from "./terminals.ts";

const dockerfile = `FROM busybox
WORKDIR /app
COPY words.txt .
RUN wc -w words.txt | tee count
RUN cat count missing
`;

describe("the steps of a build, tied to the Dockerfile", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  const writeWords = (page: Page, words: string): Promise<unknown> =>
    page.evaluate(async (text) => {
      const { pathname } = new URL(
        performance.getEntriesByType("resource").find(({ name }) => /\/api\/w\/[^/]+\/files/.test(name))?.name ?? "",
      );
      await fetch(`${pathname.replace(/\/files.*/, "")}/file?path=words.txt`, { method: "PUT", body: text });
    }, words);
  const step = (page: Page, name: RegExp): Locator =>
    page.getByRole("list", { name: "Build steps" }).getByRole("button", { name });
  const built = async (page: Page, status: string): Promise<void> => {
    const answer = page.waitForResponse((each) => each.request().method() === "POST" && each.url().endsWith("/builds"));
    await build(page);
    const { id } = (await (await answer).json()) as { id: string };
    await page.locator(`[data-build="${id}"]`).waitFor();
    await buildStatus(page, status).waitFor();
  };

  it("shows behind each instruction what became of it, and marks either side when the other is pointed at", async () => {
    const page = await harness.open();
    await writeWords(page, "one two");
    await replaceText(page, dockerfile.replace("count missing", "count"));
    await built(page, "completed");
    await page.locator(".step-note-done").first().waitFor();
    await step(page, /^COPY/).hover();
    await page.locator(".pointed-line").first().waitFor();
    await page.mouse.move(0, 0);
    await page.locator(".pointed-line").first().waitFor({ state: "detached" });
    await page.locator(".monaco-editor .view-line").filter({ hasText: "tee" }).click();
    await page.locator("button[data-pointed]").filter({ hasText: "tee count" }).waitFor();
    // Pointing at another line comes before the cursor, until the mouse is elsewhere.
    await page.locator(".monaco-editor .view-line").filter({ hasText: "COPY" }).hover();
    await page.locator("button[data-pointed]").filter({ hasText: "COPY" }).waitFor();
    await page.locator(".pointed-line").first().waitFor();
    await page.mouse.move(0, 0);
    await page.locator("button[data-pointed]").filter({ hasText: "tee count" }).waitFor();
    await page.locator(".pointed-line").first().waitFor({ state: "detached" });
    assert.ok((await page.getByTestId("step-span").count()) >= 2, "when each ran, as a line");
    await replaceText(page, "FROM scratch\n");
    await page.locator(".monaco-editor .view-line").filter({ hasText: "FROM scratch" }).waitFor();
    await page.locator("[class*=step-note]").first().waitFor({ state: "detached" });
  });

  it("says which file made a step run again, and what it took", async () => {
    const page = await harness.open();
    await writeWords(page, "one two");
    await replaceText(page, dockerfile.replace("count missing", "count"));
    await built(page, "completed");
    await writeWords(page, "one two three");
    await built(page, "completed");
    await step(page, /^COPY/).click();
    const why = page.getByTestId("step-why").first();
    await why.getByText("What changed").waitFor();
    await why.getByRole("button", { name: "words.txt changed: 1 line" }).click();
    const difference = why.getByRole("region", { name: "Difference of words.txt" });
    await difference.getByText("one two three", { exact: true }).waitFor();
    await difference.getByText("one two", { exact: true }).waitFor();
    await step(page, /^RUN wc/).click();
    await page.getByTestId("step-why").getByText("Ran again because these did").waitFor();
    await page.getByTestId("advice").getByText("it ran because COPY words.txt . is above it").waitFor();
    await page
      .getByText(/1 added, 0 changed, 0 deleted/)
      .first()
      .waitFor();
  });

  it("opens a shell before and after a step, also a failed one, and goes on from what was mended there", async () => {
    const page = await harness.open();
    await writeWords(page, "one two");
    await replaceText(page, dockerfile);
    await built(page, "failed");
    const failed = page.getByTestId("step-why").last();
    await enlargeButton(page, "Build").click();
    await failed.getByRole("button", { name: "Shell before" }).click();
    await page.getByRole("button", { name: "before RUN cat count missing", exact: true }).waitFor();
    await enter(page, "pwd; ls");
    await waitForScreen(page, /\/app\s+count\s+words.txt/);
    assert.equal(await page.getByTestId("container").count(), 0, "no container that the learner has started");
    const images = await page.request.get(`${harness.url}/api/w/${await workspaceOf(page)}/images`);
    assert.deepEqual(
      ((await images.json()) as { names: string[] }[]).filter(({ names }) => names.length === 0),
      [],
    );
    await enter(page, "echo found > missing");
    await failed.getByRole("button", { name: "Go on from this shell" }).click();
    await buildStatus(page, "completed").waitFor();
    await buildStatus(page, "completed").getByText("Built, partly by hand").waitFor();
    const note = page.getByTestId("by-hand");
    assert.match(await note.innerText(), /in a shell after step 4, RUN wc -w words.txt \| tee count\./);
    assert.match(await note.innerText(), /RUN cat count missing had failed: it is run again/);
    assert.equal(await step(page, /not reached/).count(), 0, "the steps above are what they were");
    await note.getByRole("button", { name: "Show what was changed" }).click();
    const layers = page.getByTestId("layers");
    await layers.locator("[aria-pressed=true]", { hasText: "Changed by hand in a shell after RUN wc" }).waitFor();
    await page.getByRole("treeitem", { name: /^missing/ }).waitFor();
    await page.getByRole("tab", { name: "Steps" }).click();
    await step(page, /^RUN cat/).click();
    await stepOutput(page, "found").waitFor();
    await page
      .getByRole("button", { name: "before RUN cat count missing", exact: true })
      .waitFor({ state: "detached" });
    const left = await harness.engine.docker("ps", "-aq", "--filter", "label=drydock.step");
    assert.equal(left.stdout.trim(), "");
    assert.deepEqual(harness.errors, []);
  });
});
