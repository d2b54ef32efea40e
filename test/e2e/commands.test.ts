import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { buildStatus, missing, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

describe("the commands of the page", { skip: missing() ?? false }, () => {
  let harness: Harness;
  let page: Page;
  before(async () => {
    harness = await startHarness();
    page = await harness.open();
  });
  after(() => harness.close());

  const sound = async (): Promise<void> => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`),
      [],
    );
  };

  it("shows all keys at the press of a button or of ?, and gives the focus back", async () => {
    const help = page.getByRole("button", { name: "Keyboard shortcuts" });
    await help.click();
    const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await dialog.getByRole("region", { name: "Editor" }).getByText("Suggest what could be written here").waitFor();
    await dialog.getByText("F6", { exact: true }).first().waitFor();
    await sound();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Keyboard shortcuts");
    await page.keyboard.press("Shift+?");
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    // Where text is typed it is a character.
    await page.locator(".monaco-editor .view-line").first().click();
    await page.keyboard.press("Home");
    await page.keyboard.type("# why?");
    await page.locator(".view-line").getByText("why?").waitFor();
    assert.equal(await dialog.count(), 0);
    await page.keyboard.press("Control+Z");
  });

  it("finds a command by its name, by the keyboard alone", async () => {
    const palette = page.getByRole("dialog", { name: "Commands" });
    await page.locator(".monaco-editor .view-line").first().click();
    await page.keyboard.press("F1");
    await palette.getByRole("combobox").waitFor();
    await sound();
    await page.keyboard.type("no such command");
    await palette.getByText("Nothing has that name.").waitFor();
    await sound();
    await page.keyboard.press("Escape");
    await palette.waitFor({ state: "detached" });
    await page.waitForFunction(() => document.activeElement?.closest(".monaco-editor") !== null);
    await page.getByRole("treeitem", { name: "README.md" }).focus();
    await page.keyboard.press("Control+K");
    await palette.locator("[role=combobox]:focus").waitFor();
    await page.keyboard.type("without cache");
    await palette.getByRole("option", { name: "Build without cache" }).waitFor();
    await page.keyboard.press("Enter");
    await buildStatus(page, "completed").waitFor();
  });

  it("opens files, dialogs and terminals from the palette", async () => {
    const palette = page.getByRole("dialog", { name: "Commands" });
    await page.getByRole("treeitem", { name: "Dockerfile" }).focus();
    await page.keyboard.press("F1");
    await palette.getByRole("combobox").fill("README");
    await palette.getByRole("option", { name: "Open README.md" }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForFunction(
      () => document.activeElement?.getAttribute("aria-label")?.includes("Editor for README.md") === true,
    );
    await page.keyboard.press("F1");
    await palette.getByRole("combobox").fill("rename the work");
    await palette.getByRole("option", { name: /^Rename/ }).waitFor();
    await page.keyboard.press("Enter");
    const rename = page.getByRole("dialog", { name: "Rename workspace" });
    await rename.waitFor();
    await page.keyboard.press("Escape");
    await rename.waitFor({ state: "detached" });
    // Back where the learner was before the palette.
    await page.waitForFunction(() => document.activeElement?.closest(".monaco-editor") !== null);
    await page.keyboard.press("F1");
    await palette.getByRole("combobox").fill("New terminal");
    await palette.getByRole("option", { name: /^New terminal/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByTestId("terminal").locator("textarea").waitFor();
    await page.keyboard.press("F6");
    await page.getByRole("treeitem", { name: "Dockerfile" }).focus();
    await page.keyboard.press("F1");
    await palette.getByRole("combobox").fill("Commands of the editor");
    await palette.getByRole("option", { name: /^Commands of the editor/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.locator(".quick-input-widget").waitFor();
  });

  it("leads to every view, makes files, runs images, and does with containers what their rows do", async () => {
    const palette = page.getByRole("dialog", { name: "Commands" });
    const command = async (name: string): Promise<void> => {
      await page.getByRole("treeitem", { name: "Dockerfile" }).focus();
      await page.keyboard.press("F1");
      await palette.getByRole("combobox").fill(name);
      await palette.getByRole("option", { name, exact: true }).waitFor();
      await page.keyboard.press("Enter");
      await palette.waitFor({ state: "detached" });
    };
    for (const [name, tab] of [
      ["Show the layers of the image", "Layers"],
      ["Experiment: variants side by side", "Experiment"],
      ["Show the steps of the build", "Steps"],
      ["Show the networks", "Networks"],
      ["Behind the scenes: the requests to the engine", "Behind the scenes"],
      ["Show the containers", "Containers"],
    ] as const) {
      await command(name);
      await page.locator("[role=tab][data-state=active]").getByText(tab, { exact: true }).waitFor();
    }
    await command("New file");
    await page.keyboard.type("made.txt");
    await page.keyboard.press("Enter");
    await page.getByRole("treeitem", { name: "made.txt" }).waitFor();
    await command("Build with secrets…");
    await page.getByRole("dialog", { name: "Build with secrets" }).waitFor();
    await page.keyboard.press("Escape");
    await command("Run an image…");
    const run = page.getByRole("dialog", { name: "Run an image…" });
    await run.getByLabel("Command").fill("sleep 1000");
    await run.getByRole("button", { name: "Run" }).click();
    const row = page.locator("[data-testid=container][data-state=running]");
    await row.waitFor();
    const [name] = (await row.innerText()).split("\n");
    await command(`${name}: Stop`);
    await page.locator("[data-testid=container][data-state=exited]").waitFor();
    await page
      .getByRole("button", { name: /^Workspace/ })
      .first()
      .click();
    await page.getByRole("menuitem", { name: "Commands" }).click();
    await palette.waitFor();
    await page.keyboard.press("Escape");
    assert.deepEqual(harness.errors, []);
  });
});
