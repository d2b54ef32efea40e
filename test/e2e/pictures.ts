/** Pictures of the page for docs/ui: `npm run screenshots` makes them anew; elsewhere they would only differ by their times. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { missing } from "./harness.ts";

const directory = fileURLToPath(new URL("../../docs/ui", import.meta.url));
const wanted = process.env["DRYDOCK_SCREENSHOTS"] === "1";

/** Why none are made; undefined: they are. */
export const whyNoPictures = wanted ? missing() : "pictures for docs/ui are made by npm run screenshots";

/** Of what is seen, once it has settled. */
export async function shoot(page: Page, name: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await page.mouse.move(0, 0);
  await page.waitForTimeout(400);
  await page.screenshot({ path: join(directory, `${name}.png`) });
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
