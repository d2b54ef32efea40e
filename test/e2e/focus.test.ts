import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { checkAccessibility } from "./accessibility.ts";
import { build, buildStatus, missing, ready, replaceText, runImage, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { enter, openWorkstation, waitForScreen } from "./terminals.ts";

describe("the focus", { skip: missing() ?? false }, () => {
  let harness: Harness;
  let page: Page;
  before(async () => {
    harness = await startHarness();
    page = await harness.open();
    await openWorkstation(page);
  });
  after(() => harness.close());

  it("is left by F6, which goes from pane to pane, and says so", async () => {
    const hint = page.getByTestId("leave-hint");
    const textarea = page.getByTestId("terminal").locator("textarea");
    await page.getByTestId("terminal").click();
    assert.equal(await paneOfFocus(page), "terminal");
    assert.equal(await hint.count(), 0, "a mouse needs no hint");
    assert.match((await textarea.getAttribute("aria-description")) ?? "", /F6/);
    const visited: (string | undefined)[] = [];
    for (const key of ["F6", "F6", "F6", "F6", "F6", "Shift+F6", "Shift+F6", "F6"]) {
      await page.keyboard.press(key);
      visited.push(await paneOfFocus(page));
    }
    assert.deepEqual(visited, [
      "files",
      "editor",
      "build",
      "containers",
      "terminal",
      "terminal",
      "containers",
      "terminal",
    ]);
    await hint.getByText("F6").waitFor();
    const editor = page.getByTestId("editor").locator("[aria-description]");
    assert.match((await editor.getAttribute("aria-description")) ?? "", /F6.*Ctrl\+M/);
    await page.keyboard.press("Shift+F6");
    const tab = await page.evaluate(() => document.activeElement?.textContent);
    assert.equal(tab, "workstation", "its tabs come before the pane before");
    await hint.waitFor({ state: "detached" });
    // Tab indents in the editor, which is left as a terminal is.
    const inEditor = page.getByTestId("editor-leave-hint");
    assert.equal(await inEditor.count(), 0);
    await page.getByRole("treeitem", { name: "Dockerfile" }).focus();
    await page.keyboard.press("F6");
    await inEditor.getByText(/F6.*Ctrl\+M/).waitFor();
    await page.setViewportSize({ width: 360, height: 640 });
    await checkAccessibility(page, "360-editor-by-keyboard");
    await page.setViewportSize({ width: 1280, height: 800 });
    await checkAccessibility(page, "editor-by-keyboard");
    await page.locator(".monaco-editor .view-lines").first().click();
    await page.getByTestId("terminal").click();
    await inEditor.waitFor({ state: "detached" });
  });

  it("does not start in a terminal after a reload, whose tabs have the names they had", async () => {
    await replaceText(page, 'FROM busybox\nCMD ["sleep", "600"]\n');
    await build(page);
    await buildStatus(page, "completed").waitFor();
    const row = await runImage(page);
    await row.getByRole("button", { name: /^Terminal in / }).click();
    const tabs = page.getByRole("list", { name: "Terminals" }).getByRole("listitem");
    await tabs.nth(1).waitFor();
    const names = await tabs.allTextContents();
    assert.notEqual(names[1], "workstation");
    await page.reload();
    await ready(page);
    await tabs.filter({ hasText: names[1] ?? "" }).waitFor();
    assert.deepEqual(await tabs.allTextContents(), names);
    await page.getByTestId("terminal").locator("textarea").last().waitFor();
    assert.notEqual(await paneOfFocus(page), "terminal");
    await page.getByRole("button", { name: `Close terminal ${names[1]}` }).click();
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=terminal]").length === 1);
    await enter(page, "echo goes-$((1+1))");
    await waitForScreen(page, /^goes-2$/m);
  });
});

/** The pane that has the focus; undefined if none has. */
function paneOfFocus(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.closest<HTMLElement>("[data-pane]")?.dataset["pane"]);
}
