import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { checkAccessibility } from "./accessibility.ts";
import { build, buildStatus, missing, ready, replaceText, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

/** In the browser: how far things moved by themselves, as the browser counts it (Layout Instability). */
function watchShifts(): void {
  const seen = { sum: 0, moved: [] as string[] };
  Object.assign(window, { shifts: seen });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as unknown as Shift[]) {
      if (entry.hadRecentInput) continue;
      seen.sum += entry.value;
      seen.moved.push(...entry.sources.map(({ node }) => `${entry.value} ${node?.outerHTML?.slice(0, 120)}`));
    }
  }).observe({ type: "layout-shift", buffered: true });
}
interface Shift {
  value: number;
  hadRecentInput: boolean;
  sources: { node?: { outerHTML?: string } }[];
}
const shiftsOf = (page: Page): Promise<{ sum: number; moved: string[] }> =>
  page.evaluate(() => (window as unknown as { shifts: { sum: number; moved: string[] } }).shifts);

describe("the page itself", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  it("has panes that are made larger by hand and by key, stay so, and move nothing when they come back", async () => {
    const context = await harness.context();
    await context.addInitScript(watchShifts);
    const page = await harness.open(context);
    const widthOf = async (pane: string): Promise<number> =>
      (await page.locator(`[data-pane=${pane}]`).boundingBox())?.width ?? 0;
    const line = page.getByRole("separator", { name: "Resize files" });
    const before = await widthOf("files");
    await line.focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Shift+ArrowRight");
    assert.equal(await widthOf("files"), before + 80);
    const right = page.getByRole("separator", { name: "Resize build" });
    const [from, build] = [await right.boundingBox(), await widthOf("build")];
    assert.ok(from !== null);
    await page.mouse.move(from.x, from.y + 100);
    await page.mouse.down();
    await page.mouse.move(from.x - 50, from.y + 100, { steps: 5 });
    await page.mouse.up();
    assert.equal(await widthOf("build"), build + 50);
    await page.reload();
    await ready(page);
    assert.deepEqual([await widthOf("files"), await widthOf("build")], [before + 80, build + 50]);
    const { sum, moved } = await shiftsOf(page);
    assert.ok(sum < 0.01, `${sum}: ${moved.join("\n")}`);
    await line.press("Home");
    assert.equal(await widthOf("files"), before);
  });

  it("fits any window from 360 pixels to 4K", async () => {
    const page = await harness.open(await harness.context({ reducedMotion: "reduce" }));
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await page.setViewportSize({ width: 3840, height: 2160 });
    for (const name of ["Files", "Editor", "Build", "Containers"]) {
      await page.getByRole("region", { name, exact: true }).waitFor();
    }
    await checkAccessibility(page, "4k");
    await page.setViewportSize({ width: 360, height: 640 });
    for (const name of ["Files", "Editor", "Build", "Run", "Terminal"]) {
      await page.getByRole("navigation").getByRole("button", { name, exact: true }).click();
      await checkAccessibility(page, `360-${name}`);
    }
  });

  it("stands still for who wants no motion, while a build runs, too", async () => {
    const page = await harness.open(await harness.context({ reducedMotion: "reduce" }));
    await replaceText(page, "FROM busybox\nRUN sleep 600\n");
    await build(page);
    await buildStatus(page, "running").waitFor();
    await page.keyboard.press("F1");
    await page.getByRole("dialog", { name: "Commands" }).waitFor();
    const moving = await page.evaluate(() =>
      document
        .getAnimations()
        .filter(({ effect }) => Number(effect?.getComputedTiming().duration ?? 0) > 1)
        .map(({ effect }) => (effect as KeyframeEffect).target?.outerHTML.slice(0, 120)),
    );
    assert.deepEqual(moving, []);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await buildStatus(page, "cancelled").waitFor();
    assert.deepEqual(harness.errors, []);
  });
});
