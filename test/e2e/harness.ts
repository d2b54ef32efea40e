/**
 * One Drydock and one Chromium for a test file: a real drydockd and `web`, each a process of its own on directories and
 * a port of its own. Needs `npm run build` and `npm run db`, which `./drydock test` has done.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import { chromiumPath, whyNoChromium } from "../../server/cli/browser.ts";
import { Drydockd, run, whyNot } from "../suites/drydockd.ts";
import { patience } from "../suites/patience.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // As wide as with a window: without one it would round the width of letters.
  "--font-render-hinting=none",
];

/** Why the browser tests cannot run on this machine; undefined when they can. */
export function missing(): string | undefined {
  return whyNoChromium() ?? whyNot();
}

export class Harness {
  readonly directory: string;
  readonly port: number;
  readonly browser: Browser;
  readonly engine: Drydockd;
  /** errors of the pages: tests assert that there are none */
  readonly errors: string[] = [];
  /** requests that left this machine */
  readonly #foreign: string[] = [];
  #web: ChildProcess | undefined;
  #webEnvironment: Record<string, string> = {};

  constructor(parts: { directory: string; port: number; browser: Browser; engine: Drydockd }) {
    this.directory = parts.directory;
    this.port = parts.port;
    this.browser = parts.browser;
    this.engine = parts.engine;
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  async startWeb(environment: Record<string, string> = this.#webEnvironment): Promise<void> {
    // One that a test has not ended yet would go on with nobody to end it.
    await this.killWeb();
    this.#webEnvironment = environment;
    const web = spawn(process.execPath, ["server/web.ts"], {
      cwd: root,
      stdio: ["ignore", "ignore", "pipe"],
      env: {
        ...process.env,
        DRYDOCK_PORT: String(this.port),
        DRYDOCK_WEB_DATA: join(this.directory, "data"),
        DRYDOCK_WEB_SOCKET: join(this.engine.runDirectory, "web.sock"),
        ...this.#webEnvironment,
        DRYDOCK_WORKSPACES_PER_HOUR: "1000",
      },
    });
    this.#web = web;
    web.stderr.on("data", (text: Buffer) => process.stderr.write(`[web] ${text.toString()}`));
    while (!(await this.#answers())) {
      if (web.exitCode !== null) throw new Error(`web ended with ${web.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** As the machine's owner or a crash would: nothing is said to it first. */
  killWeb(): Promise<void> {
    return this.#endWeb("SIGKILL");
  }

  async #endWeb(signal: NodeJS.Signals): Promise<void> {
    const web = this.#web;
    if (web === undefined || web.exitCode !== null || web.signalCode !== null) return;
    const gone = new Promise((resolve) => web.once("exit", resolve));
    web.kill(signal);
    await gone;
  }

  /** Cuts every connection between browser and web, as a network that goes away does. */
  async dropConnections(): Promise<void> {
    const { status, stderr } = await run("ss", ["-K", "state", "established", "sport", "=", `:${this.port}`]);
    if (status !== 0) throw new Error(`ss: ${stderr}`);
  }

  /** @param options `guide`: as of a first visitor, who is led through the first steps */
  async context({ guide, ...options }: BrowserContextOptions & { guide?: boolean } = {}): Promise<BrowserContext> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    if (guide !== true) await context.addInitScript(skipGuide);
    context.setDefaultTimeout(patience);
    context.on("page", keepNavigating);
    context.on("request", (request) => {
      const { protocol, hostname } = new URL(request.url());
      const local = hostname === "localhost" || hostname.endsWith(".localhost") || ownAddresses().includes(hostname);
      if (!local && protocol.startsWith("http")) this.#foreign.push(request.url());
    });
    context.on("weberror", (error) => this.errors.push(error.error().message));
    context.on("console", (message) => {
      // What the browser itself says of a refused request is not an error of the page.
      const isNetwork = /Failed to load resource|WebSocket connection/.test(message.text());
      if (message.type() === "error" && !isNetwork) this.errors.push(message.text());
    });
    return context;
  }

  /** A page with a workspace of its own, open and ready. */
  async open(context?: BrowserContext): Promise<Page> {
    const page = await (context ?? (await this.context())).newPage();
    await page.goto(this.url);
    await ready(page);
    return page;
  }

  async close(): Promise<void> {
    await this.browser.close();
    // Ended by itself it leaves its compiled modules to the next one.
    await this.#endWeb("SIGTERM");
    await this.engine.dispose();
    await rm(this.directory, { recursive: true, force: true });
    assert.deepEqual(this.#foreign, [], "no page asks another host, ever");
  }

  async #answers(): Promise<boolean> {
    try {
      const { engine } = (await (await fetch(`${this.url}/api/status`)).json()) as { engine: string };
      return engine === "up";
    } catch {
      return false;
    }
  }
}

/**
 * @param images base images that are ready, besides the workstation's: others are made when a test first needs them
 * @param environment further DRYDOCK_* settings of `web`
 * @param engineOptions further ones of the engine
 */
export async function startHarness(
  images: readonly string[] = ["busybox"],
  environment: Record<string, string> = {},
  engineOptions: { unchecked?: boolean } = {},
): Promise<Harness> {
  if (!existsSync(join(root, ".next/BUILD_ID"))) throw new Error("The pages are not built: run `npm run build`.");
  const directory = await mkdtemp(join(tmpdir(), "drydock-e2e-"));
  const engine = new Drydockd({ standIns: ["drydock/workstation", ...images], ...engineOptions });
  try {
    const [browser] = await Promise.all([
      chromium.launch({ executablePath: chromiumPath() ?? "", args: quiet }),
      engine.start(),
    ]);
    const harness = new Harness({ directory, port: await freePort(), browser, engine });
    await harness.startWeb(environment);
    return harness;
  } catch (error) {
    await engine.dispose();
    throw error;
  }
}

/** In the browser, before anything of a page. */
function skipGuide(): void {
  try {
    localStorage.setItem("drydock.guide", JSON.stringify({ place: "over" }));
  } catch {
    // A page without an origin has no storage, and no guide.
  }
}

/** The workspace is open: its Dockerfile is in the editor. */
export async function ready(page: Page): Promise<void> {
  await page.locator(".monaco-editor .view-line").first().waitFor();
  await saved(page);
}

/** Its id: that of the session's latest workspace. */
export async function workspaceOf(page: Page): Promise<string> {
  const response = await page.request.post(new URL("/api/workspaces/open", page.url()).href, { data: {} });
  return ((await response.json()) as { id: string }).id;
}

/** All that was typed is saved. */
export async function saved(page: Page): Promise<void> {
  await page.getByTestId("save-state").getByText("Saved", { exact: true }).waitFor();
}

/** Puts a text in the place of the open file's, and waits until it is saved. */
export async function replaceText(page: Page, text: string): Promise<void> {
  await page.locator(".monaco-editor .view-lines").first().click();
  await page.keyboard.press("Control+A");
  // No longer "Saved" as soon as the key was taken.
  await page.keyboard.insertText(text);
  await saved(page);
}

/** Unpacks a directory of this checkout into the workspace, as the page's "Upload and unpack a tar" does. */
export async function uploadDirectory(page: Page, directory: string): Promise<void> {
  const { stdout, status } = spawnSync("tar", ["-C", join(root, directory), "-cf", "-", "."]);
  if (status !== 0) throw new Error(`${directory} could not be packed`);
  const unpacked = page.waitForResponse((response) => response.url().endsWith("/tar") && response.ok());
  const file = { name: "files.tar", mimeType: "application/x-tar", buffer: stdout };
  await page.locator("input[type=file][accept*=tar]").setInputFiles(file);
  await unpacked;
}

/** Drops a directory of this machine on the workspace's files, as a file manager does. */
export async function dropDirectory(page: Page, directory: string): Promise<void> {
  const tree = await page.getByRole("tree", { name: "Workspace files" }).boundingBox();
  if (tree === null) throw new Error("the tree of files is not shown");
  const place = { x: tree.x + 20, y: tree.y + tree.height - 20 };
  const data = { items: [], files: [directory], dragOperationsMask: 1 };
  const devtools = await page.context().newCDPSession(page);
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await devtools.send("Input.dispatchDragEvent", { type, ...place, data });
  }
}

/** Presses Run of the built image; resolves with its row when it has started. */
export async function runImage(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "Run", exact: true }).first().click();
  const row = page.getByTestId("container").first();
  await row.waitFor();
  return row;
}

/** Gives a pane the room of all of them. */
export function enlargeButton(page: Page, pane: "Build" | "Containers"): Locator {
  return page.getByRole("region", { name: pane, exact: true }).getByRole("button", { name: "Enlarge this pane" });
}

/** Presses Open and returns the tab. */
export async function openPort(page: Page, port: number): Promise<Page> {
  const popup = page.waitForEvent("popup");
  await page.getByRole("button", { name: `Open :${port}`, exact: true }).click();
  return popup;
}

/** Builds, and waits until this build is the one that is shown: what is asked next must not meet the one before. */
export async function build(page: Page): Promise<void> {
  const shown = page.getByTestId("build-status");
  const before = (await shown.count()) === 0 ? "" : await shown.first().getAttribute("data-build");
  await page.keyboard.press("Control+Enter");
  await page.locator(`[data-testid=build-status]:not([data-build="${before}"])`).first().waitFor({ state: "attached" });
}

/** A step of the shown build that has printed the text. */
export function stepOutput(page: Page, text: string): Locator {
  return page.getByRole("region", { name: "Output of this step" }).getByText(text).first();
}

export function buildStatus(page: Page, status: string): Locator {
  return page.locator(`[data-testid=build-status][data-status=${status}]`);
}

/** Asks until it is so. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + patience;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`it did not come to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** By which this machine is reached. */
function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Chromium lets go of what it loads when an interface of the machine comes or goes, and the other tests make many. */
function keepNavigating(page: Page): void {
  const navigate = page.goto.bind(page);
  page.goto = async (...args) => {
    for (let more = 5; ; more--) {
      try {
        return await navigate(...args);
      } catch (error) {
        // Its error page, on the way, is told in place of the error.
        if (more === 0 || !/ERR_NETWORK_CHANGED|interrupted by .* to "chrome-error:/.test(String(error))) throw error;
      }
    }
  };
}
