import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";

const shots = process.env["DRYDOCK_SHOTS"];

/** Asserts that axe finds nothing on the page as it is, and that nothing is wider than the window. */
export async function assertAccessible(page: Page, state: string): Promise<void> {
  if (shots !== undefined) await page.screenshot({ path: `${shots}/${state}.png` });
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)}`));
  assert.deepEqual(found, [], state);
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(beyond <= 0, `${state}: the page is ${beyond} pixels wider than the window`);
}
