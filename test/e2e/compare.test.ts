import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { checkAccessibility } from "./accessibility.ts";
import { build, buildStatus, missing, replaceText, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { writeFile } from "./workspace-files.ts";

const dockerfile = `FROM busybox
ENV MODE=slow
COPY words.txt /words.txt
RUN echo one > /first && chmod 600 /first
EXPOSE 80
HEALTHCHECK --interval=9s CMD true
CMD ["cat", "/words.txt"]
`;
const words = Array.from({ length: 12 }, (_, index) => `word ${index + 1}`);

describe("two images side by side", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  it("tells what differs: instructions, configuration, files and their lines; in dark and narrow too", async () => {
    const page = await harness.open(await harness.context({ colorScheme: "dark", reducedMotion: "reduce" }));
    await writeFile(page, "words.txt", `${words.join("\n")}\n`);
    await replaceText(page, dockerfile);
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await writeFile(page, "words.txt", `${words.with(5, "another word").join("\n")}\n`);
    await replaceText(page, dockerfile.replace("slow", "quick").replaceAll("first", "second"));
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await page.getByRole("tab", { name: "Compare" }).click();
    const compare = page.getByTestId("compare");
    await compare.getByRole("heading", { name: "Files: 1 changed, 1 added, 1 removed" }).waitFor();
    await compare.getByText("ENV MODE", { exact: true }).waitFor();
    await compare.getByText("echo one > /second").first().waitFor();
    // As one writes them, not as the image's history has them.
    await compare.getByText("EXPOSE 80/tcp", { exact: true }).waitFor();
    await compare.getByText("HEALTHCHECK --interval=9s CMD true", { exact: true }).waitFor();
    await compare.getByRole("button", { name: /words\.txt/ }).click();
    const difference = compare.getByRole("region", { name: "Difference of /words.txt" });
    await difference.getByText("another word").waitFor();
    await difference.getByText("word 6", { exact: true }).waitFor();
    await compare.getByText("1 line changed").waitFor();
    await checkAccessibility(page, "compare-dark");
    assert.deepEqual(await wholeNames(page), [true, true]);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("navigation").getByRole("button", { name: "Build" }).click();
    assert.deepEqual(await wholeNames(page), [true, true]);
    await checkAccessibility(page, "compare-narrow");
    await compare.getByRole("combobox", { name: "Before", exact: true }).selectOption({ index: 0 });
    await compare.getByRole("combobox", { name: "Before: layers" }).selectOption("up to layer 2");
    await compare.getByRole("heading", { name: /^Files: 0 changed, 1 added, 0 removed/ }).waitFor();
    assert.deepEqual(harness.errors, []);
  });
});

/** Of both sides, whether all of the chosen name is seen: what tells images apart is at its end. */
function wholeNames(page: Page): Promise<boolean[]> {
  return page.getByRole("combobox", { name: /^(?:Before|After)$/ }).evaluateAll((selects) =>
    selects.map((select) => {
      const paint = new OffscreenCanvas(1, 1).getContext("2d");
      if (paint === null || !(select instanceof HTMLSelectElement)) throw new Error("no select");
      paint.font = getComputedStyle(select).font;
      // Beside it are the paddings, and the arrow.
      return select.clientWidth - paint.measureText(select.selectedOptions[0]?.text ?? "").width >= 28;
    }),
  );
}
