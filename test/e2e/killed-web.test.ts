import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import type { ClientRequest } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import type { FileEntry } from "#contract/extension-api.ts";
import type { Snippet } from "#contract/playground-api.ts";
import { dropDirectory, missing, ready, replaceText, saved, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { patience } from "../suites/patience.ts";

/** `kill -9` of `web` in the middle of what changes something: afterwards each thing is as before or as after. */
describe("a web that is killed", { skip: missing() ?? false }, () => {
  let harness: Harness;
  let context: BrowserContext;
  let page: Page;
  let id: string;
  before(async () => {
    harness = await startHarness();
    context = await harness.context();
    page = await harness.open(context);
    const opened = await page.request.post(`${harness.url}/api/workspaces/open`, { data: {} });
    id = ((await opened.json()) as { id: string }).id;
  });
  after(() => harness.close());

  const files = async (workspace = id): Promise<FileEntry[]> =>
    (await (await page.request.get(`${harness.url}/api/w/${workspace}/files`)).json()) as FileEntry[];
  const text = async (path: string, workspace = id): Promise<string> =>
    (await page.request.get(`${harness.url}/api/w/${workspace}/file?path=${path}`)).text();
  const state = (...path: string[]): string => join(harness.engine.dataDirectory, "tenants", ...path);
  /** Every shared snippet that the database has. */
  const snippets = async (): Promise<Snippet[]> => {
    using database = new DatabaseSync(join(harness.directory, "data/playground.db"), { readOnly: true });
    const ids = database.prepare("SELECT id FROM Snippet").all() as { id: string }[];
    return Promise.all(
      ids.map(
        async (row) => (await (await page.request.get(`${harness.url}/api/snippets/${row.id}`)).json()) as Snippet,
      ),
    );
  };
  /** Sends the head and a part of the body, and no more. */
  const sendPartly = async (method: string, path: string, part: Buffer, whole: number): Promise<ClientRequest> => {
    const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
    const headers = { cookie, origin: harness.url, "content-length": whole };
    const sent = request(`${harness.url}/api/w/${id}${path}`, { method, headers });
    sent.on("error", () => undefined);
    sent.write(part);
    return sent;
  };

  it("in a save loses no keystroke, and takes the learner's own text for nobody else's", async () => {
    const path = state(id, "workspace/Dockerfile");
    await page.locator(".monaco-editor .view-lines").first().click();
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText("FROM busybox\n# one\n");
    // It is in the file, and the page may not have been told.
    while (!readFileSync(path, "utf8").includes("# one")) await new Promise((resolve) => setImmediate(resolve));
    await harness.killWeb();
    await page.getByTestId("connection").getByText("The connection is lost").waitFor();
    await page.keyboard.insertText("# two\n");
    await harness.startWeb();
    await saved(page);
    assert.equal(await text("Dockerfile"), "FROM busybox\n# one\n# two\n");
    assert.equal(await page.getByText("was changed somewhere else").count(), 0);
  });

  it("in the middle of a file leaves the one that was there", async () => {
    const before = await text("index.html");
    await sendPartly("PUT", "/file?path=index.html", Buffer.alloc(200_000, "x"), 400_000);
    await harness.killWeb();
    await harness.startWeb();
    assert.equal(await text("index.html"), before);
    assert.deepEqual(
      (await files()).map(({ path }) => path),
      ["Dockerfile", "README.md", "index.html"],
    );
  });

  it("in the middle of a tar leaves everything as it was, and nothing behind", async () => {
    const directory = join(harness.directory, "tar");
    await mkdir(directory);
    await writeFile(join(directory, "Dockerfile"), "FROM scratch\n# from the tar\n");
    await writeFile(join(directory, "large.bin"), Buffer.alloc(3_000_000, 7));
    const { stdout } = spawnSync("tar", ["-C", directory, "-cf", "-", "Dockerfile", "large.bin"], {
      maxBuffer: 8_000_000,
    });
    const before = await text("Dockerfile");
    await sendPartly("POST", "/tar", stdout.subarray(0, 2_000_000), stdout.length);
    const unpacked = (): string[] =>
      existsSync(state(id, "uploads")) ? readdirSync(state(id, "uploads"), { recursive: true, encoding: "utf8" }) : [];
    await until(() => unpacked().some((path) => path.endsWith("large.bin")));
    await harness.killWeb();
    await harness.startWeb();
    assert.equal(await text("Dockerfile"), before);
    assert.equal((await files()).length, 3);
    await until(() => unpacked().length === 0);
  });

  it("while files are dropped is waited for: all of them arrive", async () => {
    const directory = join(harness.directory, "dropped");
    await mkdir(join(directory, "deep"), { recursive: true });
    for (const name of ["a.txt", "b.txt", "deep/c.txt"]) await writeFile(join(directory, name), `${name}\n`);
    let puts = 0;
    const killed = Promise.withResolvers<void>();
    await page.route("**/file?path=dropped*", async (route) => {
      if (++puts === 2) {
        await harness.killWeb();
        killed.resolve();
      }
      await route.continue();
    });
    await dropDirectory(page, directory);
    await killed.promise;
    await page.getByTestId("connection").getByText("The connection is lost").waitFor();
    await harness.startWeb();
    await page.getByText("3 files added").waitFor();
    await page.unrouteAll();
    for (const name of ["a.txt", "b.txt", "deep/c.txt"]) assert.equal(await text(`dropped/${name}`), `${name}\n`);
  });

  it("while a link is made leaves no half snippet, and the second press makes one", async () => {
    for (const when of ["asked", "done"] as const) {
      let killed = false;
      await page.route("**/snippets", async (route) => {
        if (killed) return route.continue();
        killed = true;
        const answer = route.fetch().catch(() => undefined);
        if (when === "done") await answer;
        await harness.killWeb();
        await route.abort("connectionreset");
      });
      await page.getByRole("button", { name: "Share", exact: true }).click();
      await page.getByRole("button", { name: "Create link" }).click();
      await page
        .getByRole("dialog")
        .locator("form")
        .getByRole("alert")
        .getByText("The server cannot be reached.")
        .waitFor();
      await harness.startWeb();
      await page.getByRole("button", { name: "Create link" }).click();
      const url = await page.getByTestId("share-url").inputValue();
      await page.keyboard.press("Escape");
      await page.unrouteAll();
      const all = await snippets();
      assert.ok(all.some((snippet) => url.endsWith(snippet.id)));
      for (const snippet of all) {
        const contents = new Map(snippet.files.map((file) => [file.path, file.content]));
        assert.equal(contents.get("Dockerfile"), await text("Dockerfile"));
        assert.equal(contents.size, 6);
      }
    }
  });

  it("while a fork gets its files brings all of them afterwards, programs as programs", async () => {
    const directory = join(harness.directory, "many");
    await mkdir(directory);
    for (let count = 0; count < 150; count++) await writeFile(join(directory, `f${count}.txt`), `${count}\n`);
    await writeFile(join(directory, "start.sh"), "#!/bin/sh\n", { mode: 0o755 });
    const { stdout } = spawnSync("tar", ["-C", harness.directory, "-cf", "-", "many"], { maxBuffer: 8_000_000 });
    const unpacked = await page.request.post(`${harness.url}/api/w/${id}/tar`, { data: stdout });
    assert.equal(unpacked.status(), 200);
    await replaceText(page, 'FROM busybox\nCOPY many /many\nCMD ["/many/start.sh"]\n');
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await page.getByRole("button", { name: "Create link" }).click();
    const url = await page.getByTestId("share-url").inputValue();
    await page.keyboard.press("Escape");
    const known = new Set(readdirSync(state()));
    const visitor = await (await harness.context()).newPage();
    await visitor.goto(url);
    await visitor.getByRole("button", { name: "Fork & run" }).click();
    const seeded = (): string[] => {
      const made = readdirSync(state()).find((name) => !known.has(name));
      if (made === undefined || !existsSync(state(made, "workspace/many"))) return [];
      return readdirSync(state(made, "workspace/many"));
    };
    await until(() => seeded().length > 0);
    await harness.killWeb();
    assert.ok(seeded().length < 151, "killed in the middle");
    await harness.startWeb();
    await visitor.reload();
    await ready(visitor);
    await visitor.getByRole("treeitem", { name: "many" }).waitFor();
    assert.equal(seeded().length, 151);
    const fork = readdirSync(state()).find((name) => !known.has(name)) ?? "";
    for (let count = 0; count < 150; count++) {
      assert.equal(readFileSync(state(fork, `workspace/many/f${count}.txt`), "utf8"), `${count}\n`);
    }
    const listed = (await (await visitor.request.get(`${harness.url}/api/w/${fork}/files`)).json()) as FileEntry[];
    assert.equal(listed.find(({ path }) => path === "many/start.sh")?.executable, true);
    assert.equal(listed.find(({ path }) => path === "many/f0.txt")?.executable, false);
  });
});

/** Looks every few ms: what is awaited is over soon. */
async function until(done: () => boolean): Promise<void> {
  const end = Date.now() + patience;
  while (!done()) {
    if (Date.now() > end) throw new Error(`${done.toString()} did not become true`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
