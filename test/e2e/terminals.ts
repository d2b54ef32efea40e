import type { Page } from "playwright-core";
import { patience } from "../suites/patience.ts";

/** What xterm-setup.ts leaves on its element: xterm draws by WebGL, so its own copy of the screen is read. */
export type Host = HTMLElement & {
  screenText?: () => string;
  terminal?: {
    cols: number;
    rows: number;
    select: (column: number, row: number, length: number) => void;
    buffer: {
      active: {
        viewportY: number;
        baseY: number;
        length: number;
        getLine: (line: number) =>
          | {
              translateToString: (trim: boolean) => string;
              getCell: (column: number) => { getFgColor: () => number; isBold: () => number } | undefined;
            }
          | undefined;
      };
    };
  };
};

const seen = "[data-testid=terminal]:visible";

/** Opens one in the workstation, whose image may have to be made first, and waits for its prompt. */
export async function openWorkstation(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Open a terminal" }).click();
  await page.getByTestId("terminal").locator("textarea").waitFor({ timeout: 180_000 });
  await waitForScreen(page, "/workspace");
}

/** Types a line into the terminal that is seen. */
export async function enter(page: Page, text: string): Promise<void> {
  await page.getByTestId("terminal").locator("textarea").focus();
  await page.keyboard.insertText(text);
  await page.keyboard.press("Enter");
}

/**
 * Waits until the workstation's shell asks for a command, as a person would who has pressed Ctrl-C: GNU readline drops the
 * key that comes together with the signal, on any terminal (`cho: command not found`).
 */
export function prompted(page: Page): Promise<void> {
  return waitForScreen(page, /workspace#\s*$/);
}

/** Everything that the terminal holds, scrollback too. */
export function screen(page: Page): Promise<string> {
  return page.locator(seen).evaluate((host: Host) => host.screenText?.() ?? "");
}

export async function waitForScreen(page: Page, wanted: string | RegExp, timeout = patience): Promise<void> {
  const end = Date.now() + timeout;
  for (;;) {
    const text = await screen(page);
    if (typeof wanted === "string" ? text.includes(wanted) : wanted.test(text)) return;
    if (Date.now() > end) throw new Error(`The terminal does not show ${String(wanted)}:\n${text.trimEnd()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export function terminalSize(page: Page): Promise<{ columns: number; rows: number }> {
  return page
    .locator(seen)
    .evaluate((host: Host) => ({ columns: host.terminal?.cols ?? 0, rows: host.terminal?.rows ?? 0 }));
}

/** The first line in sight, and the one that would be at the end. */
export function scrollOf(page: Page): Promise<{ top: number; end: number }> {
  return page.locator(seen).evaluate((host: Host) => {
    const { viewportY: top = 0, baseY: end = 0 } = host.terminal?.buffer.active ?? {};
    return { top, end };
  });
}

/** How the first place of a text is drawn. */
export function styleOf(page: Page, text: string): Promise<{ colour: number; bold: boolean } | undefined> {
  return page.locator(seen).evaluate((host: Host, wanted) => {
    const buffer = host.terminal?.buffer.active;
    for (let index = 0; index < (buffer?.length ?? 0); index++) {
      const line = buffer?.getLine(index);
      const column = line?.translateToString(true) === wanted ? 0 : -1;
      const cell = column < 0 ? undefined : line?.getCell(column);
      if (cell !== undefined) return { colour: cell.getFgColor(), bold: cell.isBold() !== 0 };
    }
    return undefined;
  }, text);
}

/** Selects the first line that is this text. */
export function selectLine(page: Page, text: string): Promise<void> {
  return page.locator(seen).evaluate((host: Host, wanted) => {
    const lines = host.screenText?.().split("\n") ?? [];
    host.terminal?.select(0, lines.indexOf(wanted), wanted.length);
  }, text);
}
