import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";

/** WCAG 2.2's own at AA, which axe leaves out unless it is asked. */
const unasked = ["target-size"];

/**
 * axe finds nothing on the page as it is, and nothing makes it wider than its window.
 * @param state what it shows
 * @param rules further ones of axe's, which are not asked as a rule
 */
export async function checkAccessibility(page: Page, state: string, rules: readonly string[] = []): Promise<void> {
  await page.evaluate(settled);
  const shots = process.env["DRYDOCK_SHOTS"];
  if (shots !== undefined) await page.screenshot({ path: `${shots}/${state}.png` });
  const { violations } = await new AxeBuilder({ page })
    .options({ rules: Object.fromEntries([...unasked, ...rules].map((rule) => [rule, { enabled: true }])) })
    .analyze();
  const found = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)}`));
  assert.deepEqual(found, [], state);
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(beyond <= 0, `${state}: the page is ${beyond} pixels wider than the window`);
}

/** In the browser: what comes in by a short animation is there; half of it would be half its contrast. */
async function settled(): Promise<void> {
  const coming = document.getAnimations().filter(({ playState, effect }) => {
    const end = Number(effect?.getComputedTiming().endTime ?? 0);
    return playState === "running" && end < 2000;
  });
  await Promise.allSettled(coming.map(({ finished }) => finished));
}
