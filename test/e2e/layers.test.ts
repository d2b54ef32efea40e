import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Locator, Page } from "playwright-core";
import { checkAccessibility } from "./accessibility.ts";
import { build, buildStatus, enlargeButton, missing, replaceText, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { writeFile } from "./workspace-files.ts";

const dockerfile = `FROM busybox AS tools
RUN mkdir /out && head -c 300000 /dev/zero > /out/big && echo made > /out/note.txt

FROM busybox AS docs
RUN echo never

FROM busybox
WORKDIR /app
COPY --from=tools /out /app/
RUN rm /app/big && echo changed > /app/note.txt
COPY mark.svg /app/
CMD ["true"]
`;
const mark =
  '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle cx="20" cy="20" r="18" fill="#07c"/></svg>\n';

describe("what is in an image, beside its build", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  const openBuilt = async (options: Parameters<Harness["context"]>[0] = {}): Promise<Page> => {
    const page = await harness.open(await harness.context({ reducedMotion: "reduce", ...options }));
    await writeFile(page, "mark.svg", mark);
    await replaceText(page, dockerfile);
    await build(page);
    await buildStatus(page, "completed").waitFor();
    return page;
  };
  const tab = (page: Page, name: string): Locator => page.getByRole("tab", { name, exact: true });
  const layer = (page: Page, text: string): Locator =>
    page.getByRole("list", { name: "Layers" }).getByRole("button").filter({ hasText: text });
  const row = (page: Page, name: string | RegExp): Locator =>
    page.getByRole("tree", { name: /^Files of/ }).getByRole("treeitem", { name });

  it("shows each layer's files with what it added, changed and deleted, and what is in them", async () => {
    const page = await openBuilt();
    await tab(page, "Layers").click();
    await layer(page, "rm /app/big").click();
    await row(page, /^big deleted/).waitFor();
    await row(page, /^note\.txt changed/).click();
    const file = page.getByTestId("layer-file");
    await file.getByText("changed", { exact: true }).waitFor();
    await row(page, /^big deleted/).click();
    await file.getByText("Deleted by this layer").waitFor();
    await file.getByText("00000000").first().waitFor();
    await page.getByTestId("waste").getByText("Wasted bytes: 300 kB").waitFor();
    await page.getByTestId("waste").getByText("/app/big").waitFor();
    await layer(page, "mark.svg").click();
    await row(page, /^mark\.svg added/).click();
    await file.getByRole("img", { name: "/app/mark.svg" }).waitFor();
    const width = await file.getByRole("img").evaluate((image) => (image as HTMLImageElement).naturalWidth);
    assert.equal(width, 40, "the picture is drawn under the page's policy");
    await file.getByRole("button", { name: "Text" }).click();
    await file.getByText("<circle", { exact: false }).waitFor();
  });

  it("ties layers to steps and lines, both ways, and finds files by their path", async () => {
    const page = await openBuilt();
    await page.getByRole("button", { name: /^COPY mark/ }).click();
    await page.getByRole("button", { name: "Show its layer" }).click();
    await row(page, /^mark\.svg added/).waitFor();
    assert.equal(await layer(page, "mark.svg").getAttribute("aria-pressed"), "true");
    await layer(page, "rm /app/big").hover();
    await page.locator(".pointed-line").first().waitFor();
    await layer(page, "All layers").click();
    await page.getByRole("searchbox", { name: "Find files by path" }).fill("NOTE.txt");
    await row(page, /^\/app\/note\.txt/).waitFor();
    assert.equal(await row(page, /./).count(), 1);
  });

  it("works by keyboard, and draws the sizes of a directory", async () => {
    const page = await openBuilt();
    await tab(page, "Steps").focus();
    for (const name of ["Timeline", "Layers"]) {
      await page.keyboard.press("ArrowRight");
      await page.getByRole("tab", { name, selected: true }).waitFor();
    }
    await layer(page, "/out").waitFor();
    await layer(page, "/out").focus();
    await page.keyboard.press("Enter");
    await row(page, /^note\.txt added/).waitFor();
    const tree = page.getByRole("tree", { name: /^Files of/ });
    await tree.focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowLeft");
    await row(page, /^note\.txt/).waitFor({ state: "detached" });
    await page.keyboard.press("ArrowRight");
    await row(page, /^note\.txt/).waitFor();
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await page.getByTestId("layer-file").waitFor();
    const map = page.getByTestId("size-map");
    await page.getByRole("button", { name: "Up one directory" }).press("Enter");
    await map.getByRole("button", { name: /^app / }).focus();
    await page.keyboard.press("Enter");
    await map.getByRole("button", { name: /^big 300\skB/ }).waitFor();
  });

  it("draws the stages, the skipped one too, and when each step did what", async () => {
    const page = await openBuilt();
    await tab(page, "Timeline").click();
    const stages = page.getByTestId("stage-graph").getByRole("button");
    await stages.filter({ hasText: "docs" }).and(page.locator("[data-state=skipped]")).waitFor();
    assert.match(await stages.nth(2).innerText(), /COPY --from tools/);
    await page.getByTestId("timeline").locator("[data-phase=running]").first().waitFor();
    await stages.nth(1).focus();
    await page.keyboard.press("Enter");
    await page.locator(".monaco-editor .current-line").first().waitFor();
  });

  it("tells waiting, running, committing, cached and failed apart, and says so in words", async () => {
    const page = await harness.open();
    // More than may run at a time.
    const names = Array.from({ length: 12 }, (_, index) => `s${index}`);
    const stages = names.map((each) => `FROM busybox AS ${each}\nRUN sleep 1; echo > /${each}\n`);
    const copies = names.map((each) => `COPY --from=${each} /${each} /\n`);
    const files = "RUN mkdir /many && for i in $(seq 1 3000); do echo > /many/$i; done\n";
    const whole = `${stages.join("")}FROM busybox\n${copies.join("")}${files}`;
    const timeline = page.getByTestId("timeline");
    const step = (text: RegExp): Locator => timeline.getByRole("button", { name: text });
    const phases = (of: Locator): Locator => of.locator("rect[data-phase]");
    await replaceText(page, whole);
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await tab(page, "Timeline").click();
    await phases(timeline).and(page.locator("[data-phase=waiting]")).first().waitFor();
    await step(/sleep 1.*done, waiting for a place \d.*running \d/)
      .first()
      .waitFor();
    await phases(step(/^RUN mkdir \/many.*making the layer \d/))
      .and(page.locator("[data-phase=committing]"))
      .waitFor();
    await replaceText(page, `${whole}RUN false\n`);
    await build(page);
    await buildStatus(page, "failed").waitFor();
    const kept = phases(step(/^RUN mkdir \/many.*from the cache/));
    await kept.and(page.locator("[data-phase=cached]")).waitFor();
    assert.equal(await kept.count(), 1);
    await phases(step(/^RUN false.*failed/))
      .and(page.locator("[data-phase=failed]"))
      .waitFor();
  });

  for (const [name, width, height, colorScheme] of [
    ["light", 1280, 800, "light"],
    ["dark", 1280, 800, "dark"],
    ["narrow", 390, 844, "light"],
  ] as const) {
    it(`has no accessibility violation: ${name}`, async () => {
      const page = await openBuilt({ viewport: { width, height }, colorScheme });
      if (name === "narrow") await page.getByRole("navigation").getByRole("button", { name: "Build" }).click();
      await tab(page, "Timeline").click();
      await page.getByTestId("timeline").locator("[data-phase=running]").first().waitFor();
      await checkAccessibility(page, `timeline-${name}`);
      await tab(page, "Layers").click();
      await layer(page, "rm /app/big").click();
      await row(page, /^note\.txt changed/).click();
      await page.getByTestId("layer-file").getByText("changed", { exact: true }).waitFor();
      await checkAccessibility(page, `layers-${name}`);
      if (name === "narrow") return;
      await enlargeButton(page, "Build").click();
      await checkAccessibility(page, `layers-enlarged-${name}`);
    });
  }

  it("logs no error", () => {
    assert.deepEqual(harness.errors, []);
  });
});
