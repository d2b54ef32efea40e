import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { build, buildStatus, enlargeButton, ready, replaceText, runImage, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { nothingFound, shoot, shootAll, staged, whyNoPictures } from "./pictures.ts";
import { enter, openWorkstation, waitForScreen } from "./terminals.ts";

describe("pictures of what a build and a container are made of", { skip: whyNoPictures ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness(["busybox"], { DRYDOCK_EMBED_SITES: "http://docs.localhost:*" });
  });
  after(() => harness.close());
  after(nothingFound);

  const open = async (options: Parameters<Harness["context"]>[0] = {}, at = harness): Promise<Page> =>
    at.open(await at.context({ reducedMotion: "reduce", colorScheme: "light", ...options }));
  const tab = (page: Page, name: string) => page.getByRole("tab", { name, exact: true }).click();
  /** Two builds, the second with a change; the page shows it. */
  const builds = async (page: Page): Promise<void> => {
    await replaceText(page, staged);
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await replaceText(page, staged.replace("wc -w", "wc -l -w").replace("EXPOSE", "RUN rm words.txt\nEXPOSE"));
    await build(page);
    await page.getByText(/[1-9]\d* from the cache/).waitFor();
    await buildStatus(page, "completed").waitFor();
  };

  it("guide", async () => {
    const page = await open({ guide: true });
    await shootAll(page, "guide");
  });

  it("why, timeline, layers, compare, experiment", async () => {
    const page = await open();
    await builds(page);
    await page.getByRole("button", { name: /^RUN wc/ }).click();
    await page.getByTestId("step-why").first().waitFor();
    await shootAll(page, "why", "Build");
    await enlargeButton(page, "Build").click();
    await tab(page, "Timeline");
    await page.getByText("Stages, and what each takes from which").or(page.locator("svg")).first().waitFor();
    await shootAll(page, "timeline", "Build");
    await tab(page, "Layers");
    await page.getByRole("list", { name: "Layers" }).getByRole("button").last().click();
    await page.getByRole("treeitem").first().waitFor();
    await shootAll(page, "layers", "Build");
    await tab(page, "Compare");
    await page.getByRole("heading", { name: /^Files:/ }).waitFor();
    await shootAll(page, "compare", "Build");
    await tab(page, "Experiment");
    await page.getByRole("button", { name: "Add a variant" }).click();
    await tab(page, "Experiment");
    await page.getByRole("button", { name: "Build 2 variants" }).click();
    await page.getByRole("region", { name: "Variants side by side" }).waitFor();
    await page
      .getByRole("button", { name: /^Show the build of/ })
      .nth(1)
      .waitFor();
    await shootAll(page, "experiment", "Build");
  });

  it("secrets for a build", async () => {
    const page = await open();
    const mounts = "--mount=type=secret,id=npm_token --mount=type=secret,id=deploy_key,required";
    await replaceText(page, `FROM busybox\nRUN ${mounts} wc -c /run/secrets/*\n`);
    await page.getByRole("button", { name: "Build options" }).click();
    await page.getByRole("menuitem", { name: "Build with secrets…" }).click();
    await page.getByRole("dialog", { name: "Build with secrets" }).getByLabel("npm_token").fill("not-a-real-one");
    await shootAll(page, "secrets");
  });

  it("usage, anatomy, files, processes, inspect, networks, behind the scenes", async () => {
    const page = await open();
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await runImage(page);
    await page.getByRole("button", { name: "Open :8080", exact: true }).waitFor();
    await enlargeButton(page, "Containers").click();
    for (const [name, shown, picture] of [
      ["Usage", "Memory", "usage"],
      ["Anatomy", "Process kept apart", "anatomy"],
      ["Files", "etc", "container-files"],
      ["Processes", "httpd", "processes"],
      ["Inspect", "HostConfig", "inspect"],
    ] as const) {
      await page.getByRole("tab", { name, exact: true }).last().click();
      await page.getByText(shown).filter({ visible: true }).first().waitFor();
      await page.waitForTimeout(name === "Usage" ? 6000 : 0);
      await shootAll(page, picture, "Run");
    }
    await tab(page, "Networks");
    await page.getByRole("region", { name: "Networks and who is on them" }).waitFor();
    await shootAll(page, "networks", "Run");
    await tab(page, "Behind the scenes");
    await page.getByText("containers/create").filter({ visible: true }).first().waitFor();
    await shootAll(page, "behind-the-scenes", "Run");
  });

  it("a touched terminal", async () => {
    const page = await open({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } });
    await page.getByRole("navigation").getByRole("button", { name: "Terminal", exact: true }).tap();
    await openWorkstation(page);
    await enter(page, "clear; ls");
    await waitForScreen(page, "README.md");
    await page.getByRole("button", { name: "Ctrl, with the next key" }).tap();
    await shoot(page, "touch-keys");
  });

  it("split terminals, and more contrast", async () => {
    const page = await open({ colorScheme: "dark", contrast: "more" });
    await builds(page);
    await openWorkstation(page);
    await enter(page, "clear; docker images");
    await waitForScreen(page, /app\s+latest/);
    await page.getByRole("button", { name: "Split the terminal" }).click();
    await page.locator("[data-testid=terminal]:visible").nth(1).waitFor();
    await shoot(page, "contrast-dark");
    await page.emulateMedia({ colorScheme: "light" });
    await shoot(page, "contrast-light");
  });

  it("embeds, recorded and live, and how it is done", async () => {
    const page = await open();
    await builds(page);
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await page.getByRole("textbox", { name: "Title", exact: true }).fill("A site in two stages");
    await page.getByRole("button", { name: "Create link" }).click();
    const id = (await page.getByTestId("share-url").inputValue()).split("/").at(-1) ?? "";
    await page.goto(`${harness.url}/embedding?snippet=${id}`);
    await page.frameLocator("iframe").getByRole("button", { name: "Run it" }).waitFor();
    await shootAll(page, "embedding");
    const tutorial = await page.getByTestId("tutorial-example").innerText();
    const site = createServer((_request, response) => {
      response.setHeader("content-type", "text/html");
      response.end(tutorial);
    }).listen(0, "127.0.0.1");
    await once(site, "listening");
    try {
      await page.goto(`http://docs.localhost:${(site.address() as AddressInfo).port}/`);
      const frame = page.frameLocator("iframe");
      await frame.getByRole("button", { name: "Run it" }).waitFor();
      await shootAll(page, "embed");
      await frame.getByRole("button", { name: "Run it" }).click();
      // The recording shows one that is completed, too.
      await page.getByText("The build is completed").waitFor();
      await frame.getByText("Open :8080").waitFor();
      await shootAll(page, "embed-live");
    } finally {
      site.closeAllConnections();
      site.close();
    }
  });

  it("a queue, and a workspace that has expired", async (t) => {
    // Of its own: with the other, a workspace that was opened before has the only place.
    const full = await startHarness(["busybox"], { DRYDOCK_LIVE_WORKSPACES: "1" });
    t.after(() => full.close());
    const page = await open({}, full);
    await builds(page);
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await page.getByRole("button", { name: "Create link" }).click();
    const url = await page.getByTestId("share-url").inputValue();
    const waiting = await (await full.context({ colorScheme: "light" })).newPage();
    await waiting.goto(url);
    await waiting.getByRole("button", { name: "Fork & run" }).click();
    await waiting.getByTestId("waiting-room").getByText("you are number 1").waitFor();
    await shootAll(waiting, "queue");
    // The answer that a workspace deleted after its time has, without waiting for that.
    const opened = await page.request.post(`${full.url}/api/workspaces/open`, { data: {} });
    const view = (await opened.json()) as { id: string };
    const snippet = await (await page.request.get(url.replace("/s/", "/api/snippets/"))).json();
    await page.route("**/api/workspaces/open", (route) => route.fulfill({ json: { ...view, expired: Date.now() } }));
    await page.route("**/record", (route) => route.fulfill({ json: snippet }));
    await page.goto(full.url);
    await page.getByTestId("expired").getByText("Nobody used this workspace").waitFor();
    await shootAll(page, "expired");
    await page.unroute("**/api/workspaces/open");
    await page.goto(full.url);
    await ready(page);
  });
});
