import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Locator, Page } from "playwright-core";
import { checkAccessibility } from "./accessibility.ts";
import { build, buildStatus, missing, replaceText, runImage, startHarness, workspaceOf } from "./harness.ts";
import type { Harness } from "./harness.ts";

const staged = `FROM busybox AS tools
RUN mkdir /out && head -c 300000 /dev/zero > /out/big && echo made > /out/note.txt
FROM busybox AS docs
RUN echo never
FROM busybox
COPY --from=tools /out /app/
RUN rm /app/big && echo changed > /app/note.txt && echo new > /app/new.txt
CMD ["sleep", "600"]
`;

/** What one sees of an element when colours say nothing: its lines and bars, and the shapes of what is drawn in it. */
function seen(element: Element): { lines: string; shapes: string } {
  const { outlineStyle, outlineWidth, backgroundImage, borderStyle, borderWidth } = getComputedStyle(element);
  const outline = outlineStyle === "none" ? "none" : `${outlineStyle} ${outlineWidth}`;
  const shapes = [...element.querySelectorAll("path, circle")].map((each) =>
    each.outerHTML.replace(/class="[^"]*"/, ""),
  );
  return { lines: [outline, backgroundImage, borderStyle, borderWidth].join("; "), shapes: shapes.join() };
}

describe("in the system's own few colours", { skip: missing() ?? false }, () => {
  let harness: Harness;
  let page: Page;
  before(async () => {
    harness = await startHarness();
    page = await harness.open(await harness.context({ forcedColors: "active", reducedMotion: "reduce" }));
  });
  after(() => harness.close());

  const linesOf = async (element: Locator): Promise<string> => (await element.first().evaluate(seen)).lines;
  const shapesOf = async (element: Locator): Promise<string> => (await element.first().evaluate(seen)).shapes;
  const isTold = async (what: string, chosen: Locator, other: Locator): Promise<void> => {
    assert.notEqual(await linesOf(chosen), await linesOf(other), what);
  };
  const allDiffer = async (what: string, elements: readonly Locator[]): Promise<void> => {
    const shapes = await Promise.all(elements.map(shapesOf));
    assert.ok(!shapes.includes(""), `${what}: nothing is drawn for one of them`);
    assert.equal(new Set(shapes).size, shapes.length, `${what}: ${shapes.join("\n")}`);
  };
  /** What Tab comes to is seen to have the focus; a field that is typed in has its cursor. */
  const focusIsSeen = async (what: string, tabs = 12): Promise<void> => {
    for (let count = 0; count < tabs; count++) {
      await page.keyboard.press("Tab");
      const lost = await page.evaluate(() => {
        const element = document.activeElement;
        if (
          element === null ||
          element === document.body ||
          element.matches("input, textarea, select, .native-edit-context")
        )
          return undefined;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2 ? undefined : element.outerHTML;
      });
      assert.equal(lost, undefined, what);
    }
  };
  const steps = (name: RegExp): Locator =>
    page.getByRole("list", { name: "Build steps" }).getByRole("button", { name });
  const tab = (name: string): Locator => page.getByRole("tab", { name, exact: true });

  it("the workspace tells what is chosen, focused, cached and failed", async () => {
    await replaceText(page, "FROM busybox\nRUN echo one\nRUN echo two && false\n");
    await build(page);
    await buildStatus(page, "failed").waitFor();
    const done = await shapesOf(steps(/^RUN echo one/));
    await build(page);
    await buildStatus(page, "failed").waitFor();
    await steps(/^RUN echo one.*cached/).waitFor();
    await allDiffer("steps", [steps(/^RUN echo one/), steps(/^RUN echo two/)]);
    assert.notEqual(await shapesOf(steps(/^RUN echo one/)), done, "cached and done");
    assert.match(await linesOf(page.locator(".failed-line")), /^dashed/);
    const [chosen, other] = [
      page.locator("[role=treeitem][aria-selected=true]"),
      page.locator("[role=treeitem][aria-selected=false]"),
    ];
    await isTold("the open file", chosen, other);
    await isTold("the view of the build", tab("Steps"), tab("Layers"));
    await isTold("the view of what runs", tab("Containers"), tab("Networks"));
    // The focus and what is chosen are told apart, and seen together.
    const plain = await linesOf(chosen);
    await chosen.focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    assert.notEqual(await linesOf(chosen), plain, "the focus on the open file");
    const both = await linesOf(chosen);
    await page.keyboard.press("ArrowDown");
    const focused = await linesOf(page.locator("[role=treeitem]:focus"));
    assert.equal(
      new Set([plain, both, focused, await linesOf(page.locator("[role=treeitem][aria-selected=false]:not(:focus)"))])
        .size,
      4,
    );
    await page.keyboard.press("Shift+F6");
    await focusIsSeen("the workspace", 20);
    await tab("Timeline").click();
    const rows = page.getByTestId("timeline").getByRole("button");
    assert.notEqual(
      await shapesOf(rows.filter({ hasText: "echo two" })),
      await shapesOf(rows.filter({ hasText: "echo one" })),
    );
    await checkAccessibility(page, "forced-workspace");
  });

  it("layers and stages tell what is chosen, added, changed, deleted, cached and left out", async () => {
    await replaceText(page, staged);
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await tab("Timeline").click();
    const stage = (state: string): Locator => page.getByTestId("stage-graph").locator(`[data-state=${state}]`);
    await allDiffer("stages", [stage("done"), stage("skipped")]);
    await checkAccessibility(page, "forced-timeline");
    await tab("Layers").click();
    const layers = page.getByRole("list", { name: "Layers" }).getByRole("button");
    await layers.filter({ hasText: "rm /app/big" }).click();
    await isTold(
      "the layer",
      layers.and(page.locator("[aria-pressed=true]")),
      layers.and(page.locator("[aria-pressed=false]")),
    );
    const files = page.getByRole("tree", { name: /^Files of/ });
    for (const [name, sign] of [
      ["big deleted", "−"],
      ["note.txt changed", "~"],
      ["new.txt added", "+"],
    ] as const) {
      await files
        .getByRole("treeitem", { name: new RegExp(`^${name}`) })
        .getByText(sign, { exact: true })
        .waitFor();
    }
    await isTold("the file", files.locator("[aria-selected=true]"), files.locator("[aria-selected=false]"));
    const map = page.getByTestId("size-map");
    await map.getByRole("button", { name: /^app/ }).click();
    await map.getByText("− big").waitFor();
    await tab("Layers").focus();
    await focusIsSeen("layers");
    await checkAccessibility(page, "forced-layers");
  });

  it("containers tell which is chosen, and which run", async () => {
    await (await runImage(page)).filter({ hasText: "running" }).waitFor();
    await page.getByTestId("container").getByRole("button", { name: "Stop" }).click();
    const row = (state: string): Locator => page.locator(`[data-testid=container][data-state=${state}]`);
    await row("exited").waitFor();
    await page.getByRole("button", { name: "Run", exact: true }).first().click();
    await row("running").waitFor();
    const pressed = (is: boolean): Locator => page.getByTestId("container").locator(`button[aria-pressed=${is}]`);
    await isTold("the container", pressed(true), pressed(false));
    await row("exited").getByText("stopped").waitFor();
    await row("running").getByText("running").waitFor();
    await checkAccessibility(page, "forced-containers");
  });

  it("dialogs and menus tell where the keys go", async () => {
    await page.keyboard.press("F1");
    const items = page.getByRole("dialog", { name: "Commands" }).getByRole("option");
    await isTold(
      "the command",
      items.and(page.locator("[aria-selected=true]")),
      items.and(page.locator("[aria-selected=false]")),
    );
    assert.match(await linesOf(page.getByRole("dialog")), /solid/, "its edge");
    await checkAccessibility(page, "forced-palette");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Appearance and language" }).press("Enter");
    await page.locator("[role=menuitem][data-highlighted]").waitFor();
    await isTold(
      "the item",
      page.locator("[role=menuitem][data-highlighted]"),
      page.locator("[role=menuitem]:not([data-highlighted])"),
    );
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await focusIsSeen("sharing", 8);
    await checkAccessibility(page, "forced-share");
    await page.keyboard.press("Escape");
  });

  it("a snippet tells which file is shown, and how its steps went", async () => {
    const answer = await page.request.post(`${harness.url}/api/w/${await workspaceOf(page)}/snippets`, {
      data: { title: "Few colours" },
      headers: { origin: harness.url },
    });
    await page.goto(`${harness.url}/s/${((await answer.json()) as { id: string }).id}`);
    await page.getByTestId("snippet-build").getByText("Built", { exact: true }).waitFor();
    const files = page.getByRole("tablist", { name: "Files" }).getByRole("tab");
    await isTold(
      "the file",
      files.and(page.locator("[aria-selected=true]")),
      files.and(page.locator("[aria-selected=false]")),
    );
    assert.notEqual(await shapesOf(steps(/^RUN rm/)), "");
    await focusIsSeen("a snippet");
    await checkAccessibility(page, "forced-snippet");
    assert.deepEqual(harness.errors, []);
  });
});
