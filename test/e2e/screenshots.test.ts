import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { build, buildStatus, openPort, replaceText, runImage, startHarness, stepOutput } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { nothingFound, shoot, shootAll, staged, whyNoPictures } from "./pictures.ts";
import { enter, openWorkstation, waitForScreen } from "./terminals.ts";

const failing = `FROM busybox
WORKDIR /app
COPY . .

# There is no such file: the build stops here.
RUN echo "Checking the sources" && grep -q TODO sources.txt

CMD ["sh", "start.sh"]
`;

describe("pictures of the page", { skip: whyNoPictures ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());
  after(nothingFound);

  const open = async (colorScheme: "light" | "dark", size = { width: 1280, height: 800 }): Promise<Page> =>
    harness.open(await harness.context({ viewport: size, colorScheme, reducedMotion: "reduce" }));
  /** Builds twice, so that there are steps from the cache; runs; a terminal. */
  const fill = async (page: Page): Promise<void> => {
    await replaceText(page, staged);
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await replaceText(page, staged.replace("Built with", "Built today with"));
    await build(page);
    await page.getByText(/[1-9]\d* from the cache/).waitFor();
    await buildStatus(page, "completed").waitFor();
    await page.getByRole("button", { name: /^RUN echo/ }).click();
    await runImage(page);
    const preview = await openPort(page, 8080);
    await preview.getByText("Afloat.").first().waitFor();
    await preview.close();
    await openWorkstation(page);
    await enter(page, "clear; docker ps --format 'table {{.Names}}\\t{{.Image}}\\t{{.Status}}'; docker images");
    await waitForScreen(page, /app\s+latest/);
  };

  for (const scheme of ["light", "dark"] as const) {
    it(`workspace-${scheme}`, async () => {
      const page = await open(scheme);
      await fill(page);
      await shoot(page, `workspace-${scheme}`);
      if (scheme === "dark") return;
      await page.getByRole("button", { name: "Share", exact: true }).click();
      await page.getByRole("textbox", { name: "Title", exact: true }).fill("A site in two stages");
      await shootAll(page, "share");
      await page.getByRole("button", { name: "Create link" }).click();
      await page.goto(await page.getByTestId("share-url").inputValue());
      await page.getByTestId("snippet-build").getByText("Built", { exact: true }).waitFor();
      await page.locator(".monaco-editor .view-line").first().waitFor();
      await page.getByRole("button", { name: /^RUN echo/ }).click();
      await shootAll(page, "snippet");
    });
  }

  it("palette, shortcuts and German", async () => {
    const page = await open("light");
    await replaceText(page, staged);
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await page.getByRole("treeitem", { name: "Dockerfile" }).focus();
    await page.keyboard.press("F1");
    await page.getByRole("combobox").fill("build");
    await shootAll(page, "palette");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
    await shootAll(page, "shortcuts");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Appearance and language" }).click();
    await page.getByRole("menuitem", { name: "Deutsch" }).click();
    await page.getByRole("heading", { name: "Dateien" }).waitFor();
    await page.locator(".monaco-editor .view-line").first().waitFor();
    await page.getByRole("button", { name: "Frühere Builds" }).click();
    await shoot(page, "german");
    await page.keyboard.press("Escape");
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("navigation").getByRole("button", { name: "Build" }).click();
    await shoot(page, "narrow-german");
  });

  it("narrow", async () => {
    const page = await open("light", { width: 390, height: 844 });
    await shoot(page, "narrow-editor");
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await shoot(page, "narrow-build");
    await runImage(page);
    await page.getByTestId("container-output").waitFor();
    await shoot(page, "narrow-run");
    await page.getByRole("navigation").getByRole("button", { name: "Terminal" }).click();
    await openWorkstation(page);
    await enter(page, "clear; docker ps --format '{{.Names}} {{.Status}}'; ls");
    await waitForScreen(page, "Dockerfile");
    await shoot(page, "narrow-terminal");
    await page.getByRole("navigation").getByRole("button", { name: "Files" }).click();
    await shoot(page, "narrow-files");
  });

  it("failed build, conflict, notices and empty states", async () => {
    const page = await open("light");
    await shootAll(page, "empty", "Build");
    await replaceText(page, failing);
    await build(page);
    await buildStatus(page, "failed").waitFor();
    await stepOutput(page, "Checking").waitFor();
    await shootAll(page, "failed-build", "Build");
    const other = await harness.open(await harness.context({ storageState: await page.context().storageState() }));
    await page.context().setOffline(true);
    await harness.dropConnections();
    await page.getByTestId("connection").getByText("The connection is lost").waitFor();
    await page.locator(".monaco-editor .view-lines").first().click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("# mine");
    await other.getByRole("treeitem", { name: "Dockerfile" }).focus();
    await other.keyboard.press("Delete");
    await other.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await other.getByRole("treeitem", { name: "Dockerfile" }).waitFor({ state: "detached" });
    await page.context().setOffline(false);
    await page.getByRole("alert").getByText("was deleted somewhere else").waitFor();
    await page.getByRole("button", { name: "Run an image…" }).click();
    await page.getByRole("menuitem", { name: "Run an image…" }).click();
    await page
      .getByRole("textbox", { name: "Command" })
      .or(page.locator("input[name=command]"))
      .first()
      .fill("nonsense");
    await page.getByRole("dialog").getByRole("button", { name: "Run" }).click();
    await page.getByText("nonsense").filter({ visible: true }).first().waitFor();
    await page.waitForTimeout(1500);
    await shootAll(page, "run-error");
    await page.keyboard.press("Escape");
    await harness.engine.kill("SIGKILL");
    await page.getByTestId("connection").getByText("The engine is restarting").waitFor();
    await shootAll(page, "conflict", "Editor");
    await harness.engine.start();
    await page.goto(`${harness.url}/s/AAAAAAAAAAAAAA`);
    await page.getByText("This snippet cannot be shown").waitFor();
    await shootAll(page, "missing-snippet");
    await page.goto(`${harness.url}/nowhere`);
    await shootAll(page, "not-found");
  });
});
