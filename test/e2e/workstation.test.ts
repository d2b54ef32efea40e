import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { missing, ready, saved, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { enter, openWorkstation, waitForScreen } from "./terminals.ts";

describe("the workstation", { skip: missing() ?? false }, () => {
  let harness: Harness;
  let page: Page;
  before(async () => {
    harness = await startHarness();
    page = await harness.open();
    await openWorkstation(page);
    await enter(page, "echo kept >/workspace/mine.txt; echo lost >/root/lost.txt; echo written-$((1+1))");
    await waitForScreen(page, /^written-2$/m);
  });
  after(() => harness.close());

  /**
   * A new terminal is in front, in a workstation with the files of before but nothing else of it.
   * @param old what the one before shows: until that has gone, what is typed would go to it
   */
  async function isNew(old: string): Promise<void> {
    await page.getByTestId("terminal-over").waitFor({ state: "detached" });
    await waitForScreen(page, new RegExp(`^(?![^]*${old})[^]*/workspace`));
    await enter(page, "clear; cat mine.txt; ls /root/lost.txt 2>/dev/null; docker ps -aq | wc -l; echo seen-$((1+1))");
    await waitForScreen(page, /^kept\n0\nseen-2$/m);
  }

  it("has the API where tutorials look for it", async () => {
    await enter(
      page,
      "clear; curl -s --unix-socket /var/run/docker.sock http://docker/_ping; echo ; echo asked-$((1+1))",
    );
    await waitForScreen(page, /^OK\nasked-2$/m);
  });

  it("takes a line out of an open file for good: a reload does not bring it back", async () => {
    await page.getByRole("treeitem", { name: "Dockerfile" }).click();
    await page.locator(".monaco-editor .view-line").first().click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("# typed\n");
    await saved(page);
    await enter(page, "clear; sed -i '/# typed/d' Dockerfile; echo gone-$((1+1))");
    await waitForScreen(page, /^gone-2$/m);
    const line = page.locator(".view-line").filter({ hasText: "# typed" });
    await line.waitFor({ state: "detached" });
    await saved(page);
    await page.reload();
    await ready(page);
    await saved(page);
    await enter(page, "clear; grep -c '# typed' Dockerfile; echo counted-$((1+1))");
    await waitForScreen(page, /^0\ncounted-2$/m);
    assert.equal(await line.count(), 0);
  });

  it("is not among the containers that it clears away", async () => {
    await enter(page, "clear; docker rm -f $(docker ps -aq); docker container prune -f; echo here-$((1+1))");
    await waitForScreen(page, /requires at least 1 argument[^]*^here-2$/m);
  });

  it("removed by its name ends the terminal with words, and with a new one", async () => {
    await enter(page, "docker rm -f workstation");
    const over = page.getByTestId("terminal-over");
    await over.getByText("Your workstation was removed, and with it this terminal").waitFor();
    await over.getByRole("button", { name: "New terminal" }).click();
    await isNew("docker rm");
  });

  it("says that it is broken, and is made anew with the files as they are", async () => {
    await enter(
      page,
      "echo lost >/root/lost.txt; rm -f /run/drydock/docker.sock; rm -rf --no-preserve-root --one-file-system / 2>/dev/null; exit",
    );
    const over = page.getByTestId("terminal-over");
    await over.getByText("The shell has ended.").waitFor();
    await over.getByRole("button", { name: "New terminal" }).click();
    const dialog = page.getByRole("dialog", { name: "Make the workstation anew?" });
    await dialog.getByText(/Your workstation can open no terminal: .*no shell/).waitFor();
    await dialog.getByRole("button", { name: "Make it anew" }).click();
    await isNew("echo lost");
  });

  it("is made anew whenever it is wished for", async () => {
    await enter(page, "touch /root/lost.txt; echo touched-$((1+1))");
    await waitForScreen(page, /^touched-2$/m);
    await page.getByRole("button", { name: "New terminal" }).click();
    await page.getByRole("menuitem", { name: "Make the workstation anew…" }).click();
    await page.getByRole("button", { name: "Make it anew" }).click();
    await isNew("touched-2");
    // The terminals of the one before are closed.
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=terminal]").length === 1);
    assert.deepEqual(harness.errors, []);
  });

  it("says of its image that it is being made, and how far it is, while a first terminal waits for it", async () => {
    const progress = { step: "Setting up git", percent: 87 };
    const baseImages = [{ name: "drydock/workstation", ready: false, making: true, progress, standIn: true }];
    const status = { engine: "up", details: { version: "0", problems: [], baseImages } };
    await page.route("**/api/status", (route) => route.fulfill({ json: status }));
    const made = Promise.withResolvers<void>();
    await page.route("**/terminals", async (route) => {
      if (route.request().method() === "POST") await made.promise;
      await route.fallback();
    });
    await page.getByRole("button", { name: "Close terminal workstation" }).click();
    await page.getByRole("button", { name: "Open a terminal" }).click();
    const shown = page.getByTestId("workstation-making");
    await shown.getByText("is being made, once for everybody").waitFor();
    await shown.getByText("87 % · Setting up git").waitFor();
    made.resolve();
    await page.getByTestId("terminal").waitFor();
    assert.equal(await shown.count(), 0);
  });
});
