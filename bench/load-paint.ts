import type { Harness } from "../test/e2e/harness.ts";
import { quantile } from "./load-browser.ts";

/** Of fresh pages, ms from the navigation on; medians. */
export interface Paint {
  /** first contentful paint, as the browser tells it */
  first: number;
  /** until a key that is pressed in the editor is in its text */
  key: number;
  pages: number;
}

/** A mark that no Dockerfile has. */
const mark = "~";
/** Between two tries of a key, ms: as exact as its time is. */
const keyPause = 20;

/** Opens pages one after another, each with nothing in its cache and a workspace of its own, until then (ms since the epoch). */
export async function paintsUntil(harness: Harness, end: number): Promise<Paint> {
  const firsts: number[] = [];
  const keys: number[] = [];
  do {
    const { first, key } = await paintOnce(harness);
    firsts.push(first);
    keys.push(key);
  } while (Date.now() < end);
  return { first: quantile(firsts, 0.5), key: quantile(keys, 0.5), pages: firsts.length };
}

async function paintOnce(harness: Harness): Promise<{ first: number; key: number }> {
  const context = await harness.context();
  try {
    const page = await context.newPage();
    await page.goto(harness.url, { waitUntil: "commit" });
    const line = page.locator(".monaco-editor .view-line").first();
    const marked = page.locator(".monaco-editor .view-line", { hasText: mark }).first();
    // An editor that is seen may not take keys yet: they are pressed until one arrives.
    do {
      await line.click();
      await page.keyboard.press(mark);
      await page.waitForTimeout(keyPause);
    } while (!(await marked.isVisible()));
    return await page.evaluate(() => ({
      first: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
      key: performance.now(),
    }));
  } finally {
    await context.close();
  }
}
