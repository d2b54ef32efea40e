import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { checkAccessibility } from "./accessibility.ts";
import { missing, ready, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

describe("the theme", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  const choose = async (page: Page, name: string): Promise<void> => {
    await page.getByRole("button", { name: "Appearance and language" }).click();
    await page.getByRole("menuitem", { name }).click();
  };
  /** Waits for the page's and the editor's ground: a lightness below a half is dark. */
  const isShown = (page: Page, theme: "dark" | "light") =>
    page.waitForFunction(
      (wanted) =>
        ["body", ".monaco-editor"].every((selector) => {
          const element = document.querySelector(selector);
          const paint = new OffscreenCanvas(1, 1).getContext("2d");
          if (element === null || paint === null) throw new Error(selector);
          paint.fillStyle = getComputedStyle(element).backgroundColor;
          paint.fillRect(0, 0, 1, 1);
          return (paint.getImageData(0, 0, 1, 1).data[0] ?? 0) < 128 === (wanted === "dark");
        }),
      theme,
    );

  it("is the system's until one is chosen, follows it, and is remembered when one is", async () => {
    const context = await harness.context({ colorScheme: "dark", reducedMotion: "reduce" });
    const page = await harness.open(context);
    await isShown(page, "dark");
    await page.emulateMedia({ colorScheme: "light" });
    await page.waitForFunction(() => document.documentElement.dataset["theme"] === "light");
    await isShown(page, "light");
    await choose(page, "Dark");
    await page.waitForFunction(() => document.documentElement.dataset["theme"] === "dark");
    await isShown(page, "dark");
    await page.reload();
    await ready(page);
    await isShown(page, "dark");

    // Set before anything is painted: by the page itself, not by a script that is still to come.
    const bare = await context.newPage();
    await bare.emulateMedia({ colorScheme: "light" });
    await bare.route(/\/_next\/static\/.*\.js/, (route) => route.abort());
    await bare.goto(harness.url, { waitUntil: "commit" });
    await bare.locator("body").waitFor({ state: "attached" });
    assert.equal(await bare.locator("html").getAttribute("data-theme"), "dark");
    await bare.close();

    // Another tab takes over what is chosen in this one.
    const second = await harness.open(context);
    await second.emulateMedia({ colorScheme: "light" });
    await choose(page, "As the system");
    await second.waitForFunction(() => document.documentElement.dataset["theme"] === "light");

    // More contrast, chosen or the system's: every text at least 7:1, in both schemes.
    await choose(page, "High contrast");
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.waitForFunction((wanted) => document.documentElement.dataset["theme"] === wanted, scheme);
      await checkAccessibility(page, `contrast-${scheme}`, ["color-contrast-enhanced"]);
    }
    await choose(page, "Light");
    await page.emulateMedia({ contrast: "more" });
    await page.locator("html[data-contrast=more]").waitFor();
    await page.emulateMedia({ contrast: "no-preference", forcedColors: "active" });
    await page.locator("html[data-contrast=usual]").waitFor();
    await checkAccessibility(page, "forced-colors");
    const colours = await page.evaluate(() => {
      const canvas = document.createElement("div");
      canvas.style.cssText = "background: Canvas; color: LinkText";
      document.body.append(canvas);
      const { backgroundColor, color } = getComputedStyle(canvas);
      canvas.remove();
      const primary = document.querySelector("header .bg-accent");
      if (primary === null) throw new Error("no primary button");
      return [
        getComputedStyle(document.body).backgroundColor,
        getComputedStyle(primary).backgroundColor,
        backgroundColor,
        color,
      ];
    });
    assert.deepEqual(colours.slice(0, 2), colours.slice(2), "the page's colours are the system's");
    assert.deepEqual(harness.errors, []);
  });
});
