import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { build, buildStatus, missing, replaceText, saved, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

describe("the language service for Dockerfiles", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  const text = (page: Page): Promise<string> =>
    page.evaluate(async () => {
      const listed = performance.getEntriesByType("resource").find(({ name }) => /\/api\/w\/[^/]+\/files/.test(name));
      const base = new URL(listed?.name ?? "").pathname.replace(/\/files.*/, "");
      return (await fetch(`${base}/file?path=Dockerfile`)).text();
    });
  const savedAfter = async (page: Page, change: () => Promise<unknown>): Promise<void> => {
    const before = await text(page);
    await change();
    while ((await text(page)) === before) await page.waitForTimeout(100);
    await saved(page);
  };

  it("runs in a worker: completes files, shows how an instruction is written, renames a stage, formats", async () => {
    const page = await harness.open();
    await replaceText(page, "from busybox AS one\nFROM one\nCOPY ");
    await page.keyboard.press("Control+Space");
    await page.locator(".suggest-widget").getByText("README.md").first().waitFor();
    assert.ok(
      page.workers().some((worker) => /language-worker|dockerfile|worker/i.test(worker.url())),
      "a worker answers",
    );
    await page.keyboard.press("Escape");
    // Over the first lines there is no room for it: unasked it would lie over those that follow.
    await page.keyboard.type("READ");
    await page.locator(".suggest-widget.visible").getByText("README.md").first().waitFor();
    assert.equal(await page.locator(".parameter-hints-widget.visible").count(), 0);
    await page.keyboard.press("Escape");
    for (const _ of "READ") await page.keyboard.press("Backspace");
    await page.keyboard.press("Control+Shift+Space");
    await page.locator(".parameter-hints-widget .parameter.active").getByText("SOURCE...").waitFor();
    const topOf = async (what: string): Promise<number> => (await page.locator(what).boundingBox())?.y ?? Number.NaN;
    assert.ok((await topOf(".parameter-hints-widget")) >= (await topOf("[data-testid=editor]")), "the tabs are seen");
    const { width = 0, height = 0 } = (await page.locator(".parameter-hints-widget").boundingBox()) ?? {};
    assert.ok(width > height, `as wide as its text wants: ${width} by ${height} px`);
    await page.keyboard.press("Escape");
    await savedAfter(page, () => page.keyboard.type("README.md /"));
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("Control+ArrowRight");
    await page.keyboard.press("Control+ArrowRight");
    await page.keyboard.press("Shift+F1");
    await page.locator(".monaco-hover").getByText("It is not here yet").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("End");
    await page.keyboard.press("F2");
    const box = page.locator(".rename-box input");
    await box.waitFor();
    assert.equal(await box.inputValue(), "one");
    await box.fill("tools");
    await savedAfter(page, () => page.keyboard.press("Enter"));
    assert.equal(await text(page), "from busybox AS tools\nFROM tools\nCOPY README.md /");
    await savedAfter(page, () => page.keyboard.press("Control+Shift+I"));
    assert.equal(await text(page), "FROM busybox AS tools\n\nFROM tools\nCOPY README.md /\n");
    assert.deepEqual(harness.errors, []);
  });

  it("completes base images: those of the catalogue, and what builds have brought and made, with their tags", async () => {
    const page = await harness.open();
    const completes = async (name: string): Promise<void> => {
      await replaceText(page, "FROM ");
      await page.keyboard.press("Control+Space");
      await page.locator(".suggest-widget").getByText(name, { exact: true }).first().waitFor();
      await page.keyboard.press("Escape");
    };
    await completes("python");
    await replaceText(page, "FROM busybox:1\n");
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await completes("busybox:1");
    await completes("app:latest");
    // What is written already is nothing to take: the line ends.
    await page.keyboard.type("python");
    await page.locator(".suggest-widget.visible").getByText("python", { exact: true }).first().waitFor();
    await page.keyboard.press("Enter");
    await page.keyboard.type("RUN");
    await page.locator(".monaco-editor .view-line").filter({ hasText: /^RUN$/ }).waitFor();
  });
});
