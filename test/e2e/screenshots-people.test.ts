import { after, before, describe, it } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import {
  build,
  buildStatus,
  enlargeButton,
  ready,
  replaceText,
  runImage,
  startHarness,
  stepOutput,
  until,
} from "./harness.ts";
import type { Harness } from "./harness.ts";
import { nothingFound, shootAll, staged, whyNoPictures } from "./pictures.ts";
import { writeFile } from "./workspace-files.ts";

describe("pictures of several people, of what is asked, and of what is typed", { skip: whyNoPictures ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());
  after(nothingFound);

  const context = (): Promise<BrowserContext> => harness.context({ reducedMotion: "reduce", colorScheme: "light" });
  const open = async (): Promise<Page> => harness.open(await context());
  const together = (page: Page): Promise<void> => page.getByRole("button", { name: "Work together" }).click();

  it("an invitation, and two people in one text", async () => {
    const owner = await open();
    await replaceText(owner, staged);
    await together(owner);
    await owner.getByRole("button", { name: "Create link" }).click();
    const url = await owner.getByTestId("invitation-url").inputValue();
    await owner.keyboard.press("Escape");
    const guest = await (await context()).newPage();
    await guest.goto(url);
    await guest.getByTestId("invitation-card").getByText("You are invited into the workspace").waitFor();
    await shootAll(guest, "join");
    await guest.getByRole("textbox", { name: "Your name" }).fill("Grace");
    await guest.keyboard.press("Enter");
    await ready(guest);
    await guest.locator(".monaco-editor .view-lines").first().click();
    await guest.keyboard.press("Control+End");
    await guest.keyboard.type("# Grace writes here");
    await owner.locator(".view-lines").getByText("# Grace writes here").waitFor();
    await shootAll(owner, "two-people", "Editor");
    await together(owner);
    await owner.getByTestId("member").getByText("Grace").waitFor();
    await shootAll(owner, "together");
    await owner.keyboard.press("Escape");
    await together(guest);
    await guest.getByTestId("person").filter({ hasText: "Owner" }).getByRole("button", { name: "Follow" }).click();
    await guest.getByTestId("together").getByText("Following Owner").waitFor();
    await shootAll(guest, "following", "Editor");
  });

  it("what changed between two versions, and a link that brings a Dockerfile", async () => {
    const page = await open();
    const share = async (text: string, title: string): Promise<string> => {
      await replaceText(page, text);
      await build(page);
      await buildStatus(page, "completed").waitFor();
      await page.getByRole("button", { name: "Share", exact: true }).click();
      await page.getByRole("textbox", { name: "Title", exact: true }).fill(title);
      await page.getByRole("button", { name: "Create link" }).click();
      const url = await page.getByTestId("share-url").inputValue();
      await page.keyboard.press("Escape");
      return url;
    };
    await share(staged, "A site in two stages");
    const second = await share(staged.replace("wc -w", "wc -l -w"), "Lines are counted, too");
    const visitor = await (await context()).newPage();
    await visitor.goto(second);
    await visitor.getByRole("button", { name: "What changed" }).click();
    await visitor.getByTestId("changes").getByText("+1 −1").waitFor();
    await shootAll(visitor, "what-changed");
    await visitor.goto(`${harness.url}/open#dockerfile=${encodeURIComponent(staged)}`);
    await visitor.getByText("FROM busybox AS content").waitFor();
    await shootAll(visitor, "open");
  });

  it("what is typed: completion, what a word means, and what the checks say", async () => {
    const page = await open();
    const editor = page.locator(".monaco-editor [role=textbox]").first();
    await replaceText(page, `${staged}\nCOPY --from=`);
    const suggest = (): Promise<void> =>
      until("it is completed", async () => {
        await page.keyboard.press("Escape");
        await page.keyboard.press("Control+Space");
        await page.waitForTimeout(1000);
        return page.locator(".suggest-widget").getByText("content").first().isVisible();
      });
    await shootAll(page, "completion", "Editor", async () => {
      await editor.focus();
      await suggest();
    });
    await page.keyboard.press("Escape");
    await replaceText(page, staged);
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await replaceText(page, staged.replace("COPY --from=content", "COPY --from=contents"));
    await page.keyboard.press("Control+Home");
    for (let line = 0; line < 3; line++) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Control+ArrowRight");
    await page.keyboard.press("Control+ArrowRight");
    const explain = async (): Promise<void> => {
      await page.keyboard.press("Shift+F1");
      await page.locator(".monaco-hover").getByText("It is here:").waitFor();
    };
    await shootAll(page, "hover", "Editor", async () => {
      await editor.focus();
      await explain();
    });
  });

  it("an earlier build, and one that runs", async () => {
    const page = await open();
    await replaceText(page, staged);
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await replaceText(page, staged.replace("wc -w", "wc -l -w"));
    await page.getByRole("button", { name: "Dockerfile as it was built" }).click();
    await page.getByTestId("dockerfile-then").getByTestId("diff").waitFor();
    await shootAll(page, "as-it-was-built", "Build");
    await replaceText(page, `${staged}RUN echo Waiting for nothing && sleep 600\n`);
    await build(page);
    await stepOutput(page, "Waiting for nothing").waitFor();
    await shootAll(page, "running-build", "Build");
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await buildStatus(page, "cancelled").waitFor();
    await shootAll(page, "cancelled-build", "Build");
  });

  it("a container's output, what is asked before it runs, Compose, limits", async () => {
    const page = await open();
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await runImage(page);
    await page.getByRole("button", { name: "Open :8080", exact: true }).waitFor();
    await page.getByRole("button", { name: "Run an image…" }).click();
    await page.getByRole("menuitem", { name: "Run an image…" }).click();
    await page.getByRole("dialog").waitFor();
    await shootAll(page, "run-dialog");
    await page.keyboard.press("Escape");
    await enlargeButton(page, "Containers").click();
    await shootAll(page, "output", "Run");
    await page.getByRole("tab", { name: "Compose" }).click();
    await shootAll(page, "compose-none", "Run");
    await page.getByRole("button", { name: "Write an example" }).click();
    await page.locator("[data-testid=service][data-service=web]").waitFor();
    await shootAll(page, "compose", "Run");
    const service = "  web:\n    image: busybox\n    port: ['80:80']\n    depends_on: [db]\n";
    await writeFile(page, "compose.yaml", `services:\n${service}`);
    await page.getByTestId("compose-problems").getByText("which is no service of this file").waitFor();
    await shootAll(page, "compose-problems", "Run");
    await page.getByRole("button", { name: /^Workspaces: / }).click();
    await page.getByRole("menuitem", { name: "Limits and use" }).click();
    await page
      .getByRole("dialog", { name: "Limits and use" })
      .getByText(/^\d+ of \d+$/)
      .first()
      .waitFor();
    await shootAll(page, "limits");
  });
});
