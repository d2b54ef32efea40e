/** Pictures of the page for docs/ui: `npm run screenshots` makes them anew; elsewhere they would only differ by their times. */
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { checkAccessibility } from "./accessibility.ts";
import { missing } from "./harness.ts";

const directory = fileURLToPath(new URL("../../docs/ui", import.meta.url));
const wanted = process.env["DRYDOCK_SCREENSHOTS"] === "1";

/** Why none are made; undefined: they are. */
export const whyNoPictures = wanted ? missing() : "pictures for docs/ui are made by npm run screenshots";

/** Of what is seen, once it has settled. */
export async function shoot(page: Page, name: string, again = async (): Promise<void> => {}): Promise<void> {
  await mkdir(directory, { recursive: true });
  await page.mouse.move(0, 0);
  await page.waitForTimeout(700);
  await again();
  await page.screenshot({ path: join(directory, `${name}.png`) });
}

const window = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

const found: string[] = [];

/** One that axe finds something in is no reason to have no pictures of the others. */
async function lookAt(page: Page, state: string): Promise<void> {
  await checkAccessibility(page, state).catch((error: unknown) => found.push(String(error)));
}

/** In no picture so far, by axe. */
export function nothingFound(): void {
  assert.deepEqual(found, []);
}

/**
 * A state in light, in dark and on a phone, in all of which axe finds nothing.
 * @param pane which of the panes has it on a phone; none: it lies over them, or the page has no panes
 * @param again shows what goes when the pointer or the focus does
 */
export async function shootAll(page: Page, name: string, pane?: string, again?: () => Promise<void>): Promise<void> {
  await shoot(page, name, again);
  await lookAt(page, name);
  await page.emulateMedia({ colorScheme: "dark" });
  await shoot(page, `${name}-dark`, again);
  await lookAt(page, `${name}-dark`);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(phone);
  if (pane !== undefined) await page.getByRole("navigation").getByRole("button", { name: pane, exact: true }).click();
  await shoot(page, `${name}-narrow`, again);
  await lookAt(page, `${name}-narrow`);
  await page.setViewportSize(window);
}

/** A build of two stages with a file from one in the other. */
export const staged = `# Press Build (Ctrl+Enter), then Run. Change a line and build again:
# only what changed is made anew.

FROM busybox AS content
WORKDIR /content
COPY index.html .
RUN wc -w index.html | tee words.txt

FROM busybox
WORKDIR /site
COPY --from=content /content .
RUN echo "Built with $(busybox | head -n 1)" > built.txt && cat built.txt
EXPOSE 8080
CMD ["sh", "-c", "echo Serving /site on port 8080; exec busybox httpd -f -v -p 8080 -h /site"]
`;
