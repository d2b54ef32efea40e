import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { checkAccessibility } from "./accessibility.ts";
import { missing, ready, startHarness, until } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { openWorkstation, prompted, terminalSize, waitForScreen } from "./terminals.ts";

/** A phone: touched, and with a keyboard on its screen that has letters only. */
describe("a terminal on a phone", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  const phone = async (): Promise<Page> => {
    const context = await harness.context({ hasTouch: true, isMobile: true, viewport: { width: 360, height: 640 } });
    const page = await harness.open(context);
    await page.getByRole("navigation").getByRole("button", { name: "Terminal", exact: true }).tap();
    await openWorkstation(page);
    return page;
  };
  const isFocused = (page: Page): Promise<boolean> =>
    page.evaluate(() => document.activeElement?.closest("[data-testid=terminal]") !== null);

  it("has the keys that a phone's keyboard lacks, and a Ctrl for the next one", async () => {
    const page = await phone();
    const keys = page.getByRole("group", { name: "Further keys" });
    const key = (name: string) => keys.getByRole("button", { name, exact: true });
    const ctrl = key("Ctrl, with the next key");
    await checkAccessibility(page, "phone-terminal");
    await page.getByTestId("terminal").tap();
    await page.keyboard.insertText("cat /etc/hostn");
    await key("Tab").tap();
    await waitForScreen(page, "cat /etc/hostname");
    assert.ok(await isFocused(page), "the keyboard stays on the screen");
    await ctrl.tap();
    assert.equal(await ctrl.getAttribute("aria-pressed"), "true");
    await checkAccessibility(page, "phone-terminal-ctrl");
    await page.keyboard.insertText("c");
    assert.equal(await ctrl.getAttribute("aria-pressed"), "false");
    await waitForScreen(page, /\^C/);
    await prompted(page);
    await page.keyboard.insertText("expr 4 + 2");
    await page.keyboard.press("Enter");
    await waitForScreen(page, /^6$/m);
    await prompted(page);
    // The command before once more, with a digit before its last one.
    await key("Up").tap();
    await waitForScreen(page, /# expr 4 \+ 2\s*$/);
    await key("Left").tap();
    await page.keyboard.insertText("1");
    await page.keyboard.press("Enter");
    await waitForScreen(page, /^16$/m);
    // Above a keyboard that lies over the page, too (Safari): told by the visual viewport alone.
    const before = await keys.boundingBox();
    await page.evaluate(() => {
      const viewport = window.visualViewport;
      if (viewport === null) return;
      Object.defineProperty(viewport, "height", { configurable: true, value: 400 });
      viewport.dispatchEvent(new Event("resize"));
    });
    await until("the row is above the keyboard", async () => {
      const box = await keys.boundingBox();
      return box !== null && box.y + box.height <= 400;
    });
    assert.ok(before !== null && before.y + before.height > 400);
    await checkAccessibility(page, "phone-terminal-keyboard");
    assert.deepEqual(harness.errors, []);
  });

  it("is as large as it is to be where a browser's tools play the phone", async () => {
    const context = await harness.context({ viewport: { width: 1100, height: 700 }, deviceScaleFactor: 2 });
    const page = await harness.open(context);
    await openWorkstation(page);
    const rows = page.getByTestId("terminal").locator(".xterm-rows");
    await rows.getByText("workspace").first().waitFor();
    const [row, told] = await Promise.all([rows.locator("> div").first().boundingBox(), terminalSize(page)]);
    const screen = await page.getByTestId("terminal").locator(".xterm-screen").boundingBox();
    assert.equal(Math.round((screen?.height ?? 0) / (row?.height ?? 1)), told.rows);
    assert.deepEqual(harness.errors, []);
  });

  it("has them in the dark, and nobody who points with a mouse has", async () => {
    const context = await harness.context({
      colorScheme: "dark",
      hasTouch: true,
      isMobile: true,
      viewport: { width: 390, height: 844 },
    });
    const page = await harness.open(context);
    await page.getByRole("navigation").getByRole("button", { name: "Terminal", exact: true }).tap();
    await openWorkstation(page);
    await page.getByRole("group", { name: "Further keys" }).waitFor();
    await checkAccessibility(page, "phone-terminal-dark");
    const desktop = await harness.open();
    await openWorkstation(desktop);
    await ready(desktop);
    await desktop.getByTestId("touch-keys").waitFor({ state: "hidden" });
    assert.deepEqual(harness.errors, []);
  });
});
