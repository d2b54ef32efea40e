import type { Page } from "playwright-core";

/** Of what has the focus; empty when nothing has. */
export function focusedName(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    const label = element instanceof HTMLInputElement ? element.labels?.[0] : undefined;
    return element?.getAttribute("aria-label") ?? (label ?? element)?.textContent?.trim() ?? "";
  });
}

/** Presses Tab until the control of that name has the focus. */
export async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = [];
  while (passed.length < 60) {
    await page.keyboard.press("Tab");
    const focused = await focusedName(page);
    if (focused === name) return;
    passed.push(focused);
  }
  throw new Error(`Tab does not lead to ${name}, only to: ${passed.join(", ")}`);
}
