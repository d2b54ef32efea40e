import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { pack } from "tar-stream";
import type { EmbedMessage } from "../../server/contract/sharing.ts";
import { checkAccessibility } from "./accessibility.ts";
import { build, buildStatus, missing, ready, replaceText, startHarness, until } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { waitForScreen } from "./terminals.ts";
import type { Host } from "./terminals.ts";

describe("what others show of a snippet", { skip: missing() ?? false }, () => {
  let harness: Harness;
  let page: Page;
  /** other sites: what they show, by their host's name */
  const shown = new Map<string, string>();
  const others = createServer(({ headers }, response) => {
    response.setHeader("content-type", "text/html");
    response.end(shown.get((headers.host ?? "").split(":")[0] ?? "") ?? "");
  });
  let first = "";
  let second = "";
  before(async () => {
    others.listen(0, "127.0.0.1");
    await once(others, "listening");
    harness = await startHarness(["busybox"], { DRYDOCK_EMBED_SITES: "http://docs.localhost:*" });
    page = await harness.open();
    first = await share("FROM busybox\nRUN echo one\n", "First of two");
    second = await share("FROM busybox\nRUN echo second\n", "Second of two");
  });
  after(async () => {
    others.closeAllConnections();
    others.close();
    await harness.close();
  });

  const share = async (dockerfile: string, title: string): Promise<string> => {
    await replaceText(page, dockerfile);
    await build(page);
    await buildStatus(page, "completed").waitFor();
    const id = await page.evaluate(async () => {
      const body = JSON.stringify({});
      const headers = { "content-type": "application/json" };
      const opened = await fetch("/api/workspaces/open", { method: "POST", body, headers });
      return ((await opened.json()) as { id: string }).id;
    });
    const made = await page.request.post(`${harness.url}/api/w/${id}/snippets`, {
      data: { title },
      headers: { origin: harness.url },
    });
    assert.equal(made.status(), 201);
    return ((await made.json()) as { id: string }).id;
  };

  /** A page of another site with this in it. */
  const visit = async (
    host: string,
    html: string,
    given?: BrowserContext,
  ): Promise<{ visitor: Page; context: BrowserContext }> => {
    const context = given ?? (await harness.context());
    shown.set(host, html);
    const visitor = await context.newPage();
    await visitor.goto(`http://${host}:${(others.address() as AddressInfo).port}/`);
    return { visitor, context };
  };

  it("is a title, a sentence and a picture in the head of its page, and the same by oEmbed", async () => {
    const html = await (await fetch(`${harness.url}/s/${second}`)).text();
    const meta = (property: string) => new RegExp(`<meta property="${property}" content="([^"]*)"`).exec(html)?.[1];
    assert.equal(meta("og:title"), "Second of two");
    assert.match(meta("og:description") ?? "", /built in/);
    const picture = await fetch(meta("og:image") ?? "");
    assert.equal(picture.headers.get("content-type"), "image/png");
    const bytes = Buffer.from(await picture.arrayBuffer());
    assert.equal(bytes.subarray(1, 4).toString(), "PNG");
    assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [1200, 630]);
    if (process.env["DRYDOCK_SHOTS"] !== undefined) {
      const { writeFile } = await import("node:fs/promises");
      await writeFile(`${process.env["DRYDOCK_SHOTS"]}/preview.png`, bytes);
    }
    const oembed = await fetch(`${harness.url}/api/oembed?url=${encodeURIComponent(`${harness.url}/s/${second}`)}`);
    assert.match(((await oembed.json()) as { html: string }).html, new RegExp(`/embed/${second}"`));
    assert.equal((await fetch(`${harness.url}/s/AAAAAAAAAAAAAA/preview.png`)).status, 404);
  });

  it("is shown by one line of script on a site that may, as high as it is, and needs no cookie", async () => {
    const tag = `<script src="${harness.url}/embed.js" data-snippet="${second}" data-theme="dark"></script>`;
    const listener = `<script>window.told=[];addEventListener("message",(e)=>window.told.push(e.data))</script>`;
    const { visitor, context } = await visit(
      "docs.localhost",
      `<!doctype html><title>docs</title><body>${listener}${tag}`,
    );
    const frame = visitor.frameLocator("iframe");
    await frame.getByRole("heading", { name: "Second of two" }).waitFor();
    await frame.getByTestId("embed-build").getByText("Built", { exact: true }).waitFor();
    await frame.getByText("RUN echo second").first().waitFor();
    const files = frame.getByRole("region", { name: "Dockerfile" });
    await frame.getByRole("button", { name: /^RUN echo second/ }).hover();
    await files.locator("[data-pointed]").filter({ hasText: "RUN echo second" }).waitFor();
    await files.getByText("FROM busybox").hover();
    await frame
      .getByTestId("embed-build")
      .locator("[data-pointed]")
      .filter({ hasText: /^.*FROM busybox/ })
      .waitFor();
    await visitor.waitForFunction(() => {
      const told = (window as unknown as { told: EmbedMessage[] }).told;
      const height = told.findLast((message) => message.drydock === "height");
      return height !== undefined && document.querySelector("iframe")?.clientHeight === height.height;
    });
    assert.equal(await frame.locator("html").getAttribute("data-theme"), "dark");
    await visitor.evaluate(() => {
      const inside = document.querySelector("iframe")?.contentWindow;
      inside?.postMessage({ drydock: "theme", theme: "light" }, "*");
    });
    await frame.locator("html[data-theme=light]").waitFor();
    assert.deepEqual(await context.cookies(), []);
    const whole = context.waitForEvent("page");
    await frame.getByRole("link", { name: "Open in Drydock" }).click();
    await (await whole).getByRole("button", { name: "Fork & run" }).waitFor();
    await context.close();
  });

  it("is loaded when it comes into sight, and not before", async () => {
    const context = await harness.context();
    const asked: string[] = [];
    context.on("request", (request) => asked.push(new URL(request.url()).pathname));
    const tag = (id: string): string => `<script src="${harness.url}/embed.js" data-snippet="${id}"></script>`;
    const far = `<div style="height:20000px"></div>`;
    const html = `<!doctype html><title>docs</title><body>${tag(first)}${far}${tag(second)}`;
    const { visitor } = await visit("docs.localhost", html, context);
    await visitor.locator("iframe").nth(1).waitFor({ state: "attached" });
    await visitor.frameLocator("iframe >> nth=0").getByRole("heading", { name: "First of two" }).waitFor();
    assert.deepEqual(
      asked.filter((path) => path.startsWith("/embed/")),
      [`/embed/${first}`],
    );
    await visitor.locator("iframe").nth(1).scrollIntoViewIfNeeded();
    await visitor.frameLocator("iframe >> nth=1").getByRole("heading", { name: "Second of two" }).waitFor();
    await context.close();
  });

  it("comes in the end when the network let go of it on the way", async () => {
    const context = await harness.context();
    const letGo = new Set<string>();
    await context.route(/\/embed(-api\.js|\/)/, (route) => {
      const { pathname } = new URL(route.request().url());
      if (letGo.has(pathname)) return route.continue();
      letGo.add(pathname);
      return route.abort("failed");
    });
    const tag = `<script src="${harness.url}/embed.js" data-snippet="${second}"></script>`;
    const { visitor } = await visit("docs.localhost", `<!doctype html><title>docs</title><body>${tag}`, context);
    await visitor.frameLocator("iframe").getByRole("heading", { name: "Second of two" }).waitFor();
    assert.deepEqual([...letGo], ["/embed-api.js", `/embed/${second}`]);
    await context.close();
  });

  it("is live in the frame when its reader presses Run, without a cookie, and speaks with the page around it", async () => {
    const author = await (await harness.context()).newPage();
    await author.goto(`${harness.url}/embedding?snippet=${second}`);
    const demonstration = author.frameLocator("[data-testid=demonstration] iframe");
    await demonstration.getByRole("heading", { name: "Second of two" }).waitFor();
    await author.getByTestId("told").getByText('"drydock":"ready"').waitFor();
    await checkAccessibility(author, "embedding");
    const [link, button] = await Promise.all(
      [author.getByRole("textbox"), author.getByRole("button", { name: "Try it" })].map((each) => each.boundingBox()),
    );
    assert.deepEqual([button?.y, button?.height], [link?.y, link?.height], "in one line");
    // What the product tells authors to write, on another site as it is.
    const tutorial = await author.getByTestId("tutorial-example").innerText();
    await author.context().close();
    const { visitor, context } = await visit("docs.localhost", tutorial);
    const frame = visitor.frameLocator("iframe");
    const news = visitor.locator("#news");
    await news.getByText("It is recording").waitFor();
    await visitor.locator("#change").click();
    await news.getByText("Nothing is run before the reader has pressed Run.").waitFor();

    await frame.getByRole("button", { name: "Run it" }).click();
    await frame.getByTestId("embed-live").waitFor();
    await news.getByText("The build is completed").waitFor();
    await visitor.locator("#change").click();
    await frame.locator(".monaco-editor").getByText("changed by the tutorial").first().waitFor();
    await frame.getByRole("button", { name: /^RUN echo changed by the tutorial/ }).waitFor();
    await frame.locator("[data-testid=build-status][data-status=completed]").waitFor();
    await visitor.locator("#type").click();
    await frame.getByTestId("terminal").locator("textarea").waitFor();
    const typed = frame.getByTestId("terminal");
    await until("the image is listed", async () =>
      /app\s+latest/.test(await typed.evaluate((host: Host) => host.screenText?.() ?? "")),
    );
    await visitor.waitForFunction(() => {
      const frames = document.querySelector("iframe");
      return (frames?.clientHeight ?? 0) > 500;
    });
    assert.deepEqual(await context.cookies(), [], "live without a cookie");
    if (process.env["DRYDOCK_SHOTS"] !== undefined) {
      await visitor.screenshot({ path: `${process.env["DRYDOCK_SHOTS"]}/embed-live.png`, fullPage: true });
    }
    await context.close();
  });

  it("says what is lost where a frame can keep nothing, and why there is nothing in a sandbox", async () => {
    const context = await harness.context();
    // As browsers do that block all storage of other sites.
    await context.addInitScript(() => {
      for (const name of ["localStorage", "sessionStorage"] as const) {
        const get = (): never => {
          throw new DOMException("Access is denied for this document.", "SecurityError");
        };
        Object.defineProperty(window, name, { get });
      }
    });
    const tag = `<script src="${harness.url}/embed.js" data-snippet="${second}" data-panes="build"></script>`;
    const sandboxed = `<iframe sandbox="allow-scripts" src="${harness.url}/embed/${first}"></iframe>`;
    const { visitor } = await visit(
      "docs.localhost",
      `<!doctype html><title>docs</title><body>${tag}${sandboxed}`,
      context,
    );
    const frame = visitor.frameLocator("iframe:not([sandbox])");
    await frame.getByRole("button", { name: "Run it" }).click();
    await frame.getByTestId("embed-unkept").waitFor();
    await frame.locator("[data-testid=build-status][data-status=completed]").waitFor();
    const closed = visitor.frameLocator("iframe[sandbox]");
    await closed.getByText("its author can allow it with allow-same-origin").waitFor();
    await closed.getByRole("alert").getByText(`${harness.url}/s/${first}`).waitFor();
    await context.close();
    // What the browser says of a sandbox is no error of ours.
    harness.errors.length = 0;
  });

  it("has the panes that were chosen, and axe finds nothing in it", async () => {
    const alone = await (await harness.context()).newPage();
    await alone.goto(`${harness.url}/embed/${second}?panes=files&theme=light`);
    await alone.getByText("RUN echo second").waitFor();
    assert.equal(await alone.getByTestId("embed-build").count(), 0);
    await alone.goto(`${harness.url}/embed/${second}`);
    await alone.getByTestId("embed-build").getByText("Built", { exact: true }).waitFor();
    await checkAccessibility(alone, "embed");
    await alone.getByRole("button", { name: "Run it" }).click();
    const live = alone.getByTestId("embed-live");
    await live.locator("[data-testid=build-status][data-status=completed]").waitFor();
    await live.getByRole("button", { name: /^RUN echo second/ }).click();
    assert.equal(await live.getByTestId("terminal").count(), 0, "not among the panes that were chosen");
    await live.getByRole("button", { name: "Shell after" }).click();
    await waitForScreen(alone, "/ #");
  });

  it("shows what is run, builds again what was changed, and begins anew from the recording when that is wanted", async () => {
    const context = await harness.context({ viewport: { width: 390, height: 844 } });
    const tag = `<script src="${harness.url}/embed.js" data-snippet="${second}" data-panes="files,build"></script>`;
    const { visitor } = await visit("docs.localhost", `<!doctype html><title>docs</title><body>${tag}`, context);
    const frame = visitor.frameLocator("iframe");
    await frame.getByRole("button", { name: "Run it" }).click();
    await frame.locator("[data-testid=container][data-state=exited]").first().waitFor();
    await frame.locator(".monaco-editor .view-lines").first().click();
    await visitor.keyboard.press("Control+End");
    await visitor.keyboard.insertText("RUN echo by the reader\n");
    await frame.getByText("Files changed since this build.").waitFor();
    await frame.locator("header").first().getByRole("button", { name: "Build", exact: true }).click();
    await frame.getByRole("button", { name: /^RUN echo by the reader/ }).waitFor();
    await frame.locator("[data-testid=build-status][data-status=completed]").waitFor();
    if (process.env["DRYDOCK_SHOTS"] !== undefined) {
      await visitor.screenshot({ path: `${process.env["DRYDOCK_SHOTS"]}/embed-phone.png`, fullPage: true });
    }
    await visitor.reload();
    // What ran is seen again, too.
    await frame.getByTestId("container").first().waitFor();
    await frame.getByRole("button", { name: "Start over" }).click();
    await frame.getByRole("group", { name: "Start over" }).getByRole("button", { name: "Go on" }).click();
    await frame.locator("[aria-label='Start over']:focus").click();
    if (process.env["DRYDOCK_SHOTS"] !== undefined) {
      await visitor.screenshot({ path: `${process.env["DRYDOCK_SHOTS"]}/embed-start-over.png`, fullPage: true });
    }
    await frame.getByRole("group").getByRole("button", { name: "Start over" }).click();
    await frame.getByRole("button", { name: "Run it" }).waitFor();
    await frame.getByText("RUN echo second").first().waitFor();
    await visitor.reload();
    await frame.getByRole("button", { name: "Run it" }).waitFor();
    assert.equal(await frame.getByText("by the reader").count(), 0);
    await context.close();
  });

  it("is as high as what it says of a snippet that is gone", async () => {
    const tag = `<script src="${harness.url}/embed.js" data-snippet="AAAAAAAAAAAAAA"></script>`;
    const { visitor, context } = await visit("docs.localhost", `<!doctype html><title>docs</title><body>${tag}`);
    const content = visitor.frameLocator("iframe").getByTestId("embed");
    await content.getByRole("alert").waitFor();
    await until("the frame has its height", async () => {
      const frame = await visitor.locator("iframe").boundingBox();
      return Math.ceil((await content.boundingBox())?.height ?? 0) === frame?.height;
    });
    await context.close();
    // What the browser says of an answer with 404 is no error of ours.
    harness.errors.length = 0;
  });

  it("is not framed by a site that the operator did not name, nor is any other page", async () => {
    const refused = async (host: string, path: string): Promise<void> => {
      const { visitor, context } = await visit(host, `<!doctype html><iframe src="${harness.url}${path}"></iframe>`);
      const inside = visitor.frames()[1];
      await inside?.waitForLoadState();
      assert.ok(!(await inside?.content())?.includes("Drydock"), `${path} in ${host}`);
      await context.close();
    };
    await refused("other.localhost", `/embed/${second}`);
    await refused("docs.localhost", `/s/${second}`);
    await refused("docs.localhost", "/");
    // What the browser says of it is no error of ours.
    harness.errors.length = 0;
  });

  it("tells what changed against the version before", async () => {
    const visitor = await (await harness.context()).newPage();
    await visitor.goto(`${harness.url}/s/${second}`);
    await visitor.getByRole("button", { name: "What changed" }).click();
    const changes = visitor.getByTestId("changes");
    await changes.getByText("RUN echo one").waitFor();
    await changes.getByText("RUN echo second").waitFor();
    await changes.getByText("+1 −1").waitFor();
    await checkAccessibility(visitor, "changes");
    await changes.getByRole("link", { name: "First of two" }).click();
    await visitor.waitForURL(`${harness.url}/s/${first}`);
    await visitor.getByRole("heading", { level: 1, name: "First of two" }).waitFor();
  });

  it("comes with the link itself: a Dockerfile is shown, and opened when that is wanted", async () => {
    const visitor = await (await harness.context()).newPage();
    await visitor.goto(`${harness.url}/open#dockerfile=${encodeURIComponent("FROM busybox\nRUN echo from-a-link\n")}`);
    await visitor.getByText("RUN echo from-a-link").waitFor();
    await checkAccessibility(visitor, "open");
    assert.deepEqual(await visitor.context().cookies(), [], "a link alone makes nothing");
    const narrow = await harness.context({ locale: "de-DE", viewport: { width: 390, height: 844 } });
    const german = await narrow.newPage();
    await german.goto(visitor.url());
    await german.getByText("RUN echo from-a-link").waitFor();
    await checkAccessibility(german, "open-narrow-german");
    await visitor.getByRole("button", { name: "Open in a new workspace" }).click();
    await ready(visitor);
    await visitor.locator(".monaco-editor").getByText("from-a-link").first().waitFor();
  });

  it("brings a whole tar, which is unpacked into a new workspace when that is wanted", async () => {
    const archive = pack();
    archive.entry({ name: "Dockerfile" }, "FROM busybox\nCOPY src /src\n");
    archive.entry({ name: "src/inner.txt" }, "from the link\n");
    archive.finalize();
    const visitor = await (await harness.context()).newPage();
    await visitor.goto(`${harness.url}/open#tar=${(await buffer(archive)).toString("base64url")}`);
    await visitor.getByRole("button", { name: "Open in a new workspace" }).click();
    await ready(visitor);
    await visitor.locator(".view-line").filter({ hasText: "COPY src /src" }).waitFor();
    await visitor.getByRole("treeitem", { name: "src" }).click();
    await visitor.getByRole("treeitem", { name: "inner.txt" }).click();
    await visitor.locator(".view-line").filter({ hasText: "from the link" }).waitFor();
  });

  it("fetches a repository by git in the learner's own terminal", async () => {
    const visitor = await (await harness.context()).newPage();
    // The terminal is open before the page's connection is: what is to be typed waits for it.
    let connect: () => void = () => undefined;
    await visitor.routeWebSocket(/socket\.io/, (socket) => (connect = () => socket.connectToServer()));
    await visitor.goto(`${harness.url}/open#git=${encodeURIComponent("http://127.0.0.1:9/nothing.git")}`);
    await visitor.getByText("http://127.0.0.1:9/nothing.git").waitFor();
    await visitor.getByRole("button", { name: "Open in a new workspace" }).click();
    await visitor.getByTestId("terminal").locator("textarea").waitFor({ state: "attached" });
    connect();
    await ready(visitor);
    await waitForScreen(visitor, "git clone --depth 1 -- 'http://127.0.0.1:9/nothing.git'");
  });

  it("logs no error", () => {
    assert.deepEqual(harness.errors, []);
  });
});
