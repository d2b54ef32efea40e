/** What the page tells of builds before, and of files that Compose would refuse. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { checkAccessibility } from "./accessibility.ts";
import { build, buildStatus, missing, replaceText, saved, startHarness, until } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { writeFile } from "./workspace-files.ts";

const first = "FROM busybox AS tools\nRUN echo one > /one\nFROM busybox\nCOPY --from=tools /one /\n";

describe("earlier builds and their Dockerfiles", { skip: missing() ?? false }, () => {
  let harness: Harness;
  let page: Page;
  before(async () => {
    harness = await startHarness();
    page = await harness.open(await harness.context({ reducedMotion: "reduce" }));
  });
  after(() => harness.close());

  const text = async (): Promise<string> =>
    (await page.locator(".monaco-editor .view-lines").first().innerText()).replaceAll("\u00a0", " ");
  const notice = (words: string) => page.getByTestId("notice").filter({ hasText: words });

  it("the history tells bases of stages, and of a build without steps the first line of why it failed", async () => {
    await replaceText(page, first);
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await replaceText(page, "FROM busybox\nRNU true\n");
    await build(page);
    await buildStatus(page, "failed").waitFor();
    await page.getByRole("button", { name: "Build history" }).click();
    const menu = page.getByRole("menu");
    const items = await menu.getByRole("menuitem").allInnerTexts();
    assert.match(items[0] ?? "", /· app\n+Failed · .*unknown instruction: RNU/);
    assert.match(items[1] ?? "", /· app · FROM busybox\n+Built/);
    await menu.getByRole("menuitem").nth(1).click();
  });

  it("shows the Dockerfile as it was built beside what it is, brings it back, and takes that back", async () => {
    await buildStatus(page, "completed").waitFor();
    const panel = page.getByTestId("build");
    await panel.getByRole("button", { name: "Dockerfile as it was built" }).click();
    const then = page.getByTestId("dockerfile-then");
    await then.getByRole("region", { name: "Dockerfile as it was built" }).getByText("COPY --from=tools").waitFor();
    assert.match(await then.getByTestId("diff").innerText(), /−[^+]*RUN echo one[^]*\+[^]*RNU true/);
    await checkAccessibility(page, "dockerfile-then");
    await then.getByRole("button", { name: "Bring it back" }).click();
    await notice("Dockerfile is as it was built.").waitFor();
    await until("the editor has it", async () => (await text()).includes("COPY --from=tools"));
    await then.waitFor({ state: "detached" });
    await notice("Dockerfile is as it was built.").getByRole("button", { name: "Undo" }).click();
    await until("the editor has it no longer", async () => (await text()).includes("RNU true"));
    await saved(page);
    assert.deepEqual(harness.errors, []);
  });

  it("tells what Compose would refuse, with its line, until it is mended", async () => {
    const service = "  web:\n    image: busybox\n    port: ['80:80']\n    depends_on: [db]\n";
    await writeFile(page, "compose.yaml", `services:\n${service}`);
    await page.getByRole("tab", { name: "Compose" }).click();
    const problems = page.getByTestId("compose-problems");
    await problems.getByText("web depends on db, which is no service of this file.").waitFor();
    await problems.getByText("which Compose does not know (did you mean ports?)").waitFor();
    await checkAccessibility(page, "compose-problems");
    await problems.getByRole("button", { name: "Go to line 5" }).click();
    await page.locator(".monaco-editor .view-line").filter({ hasText: "depends_on" }).waitFor();
    await until("the cursor is there", async () =>
      page.evaluate(() => document.activeElement?.closest(".monaco-editor") !== null),
    );
    await writeFile(
      page,
      "compose.yaml",
      `services:\n${service.replace("port:", "ports:")}  db:\n    image: busybox\n`,
    );
    await problems.waitFor({ state: "detached" });
    assert.deepEqual(harness.errors, []);
  });
});
