import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { missing, ready, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

describe("the terminal", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  it("takes input and shows output in UTF-8, also after a reload", async () => {
    const page = await harness.open();
    await page.getByRole("button", { name: "Open a terminal" }).click();
    await page.getByTestId("terminal").locator("textarea").waitFor();
    await waitForScreen(page, "/workspace");
    await page.getByTestId("terminal").click();
    await page.keyboard.insertText("echo grüße ⚓ $((40+2))");
    await page.keyboard.press("Enter");
    await waitForScreen(page, "grüße ⚓");
    await page.reload();
    await ready(page);
    await waitForScreen(page, "grüße ⚓");
  });
});

/** xterm draws by WebGL: its own copy of the screen is asked, through what the selection holds. */
async function waitForScreen(page: Page, text: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => {
      const host = document.querySelector<HTMLElement & { screenText?: () => string }>("[data-testid=terminal]");
      return host?.screenText?.().includes(wanted) === true;
    },
    text,
    { timeout: 30_000 },
  );
}
