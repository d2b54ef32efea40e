import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { buffer } from "node:stream/consumers";
import type { Download, Page } from "playwright-core";
import { pack } from "tar-stream";
import {
  build,
  buildStatus,
  dropDirectory,
  missing,
  ready,
  replaceText,
  runImage,
  startHarness,
  uploadDirectory,
} from "./harness.ts";
import type { Harness } from "./harness.ts";
import { writeFile as writeFileOf } from "./workspace-files.ts";

describe("files", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  it("are created, renamed and deleted, with the keyboard too", async () => {
    const page = await harness.open();
    await page.getByRole("button", { name: "New folder" }).click();
    await page.keyboard.type("src");
    await page.keyboard.press("Enter");
    const folder = page.getByRole("treeitem", { name: "src" });
    await folder.waitFor();
    await page.getByRole("button", { name: "New file" }).click();
    await page.keyboard.type("main.py");
    await page.keyboard.press("Enter");
    await page
      .getByRole("list", { name: "Open files" })
      .getByRole("button", { name: "main.py", exact: true })
      .waitFor();
    await replaceText(page, "print('hello')\n");
    const file = page.getByRole("treeitem", { name: "main.py" });
    assert.equal(await file.getAttribute("aria-level"), "2");
    // The menu of a row that has not the focus; the focus is at its button afterwards.
    await page.getByRole("treeitem", { name: "README.md" }).hover();
    await page.getByRole("button", { name: "Actions for README.md" }).click();
    await page.getByRole("menuitem", { name: "Rename" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("[aria-label='Actions for README.md']:focus").waitFor();
    await page.getByRole("treeitem", { name: "index.html" }).click({ button: "right" });
    await page.getByRole("menuitem", { name: "Rename" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("[aria-label='Actions for index.html']:focus").waitFor();
    assert.equal(await page.locator("[role=treeitem][tabindex='0']").getAttribute("aria-label"), "index.html");
    await file.focus();
    await page.keyboard.press("F2");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("app.py");
    await page.keyboard.press("Enter");
    await page.getByRole("list", { name: "Open files" }).getByRole("button", { name: "app.py", exact: true }).waitFor();
    await page.getByText("print('hello')").waitFor();
    await page.getByRole("treeitem", { name: "src" }).focus();
    await page.keyboard.press("Delete");
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await folder.waitFor({ state: "detached" });
    // The rename before can be taken back, too.
    await page.getByRole("button", { name: "Undo" }).last().click();
    await page
      .getByRole("list", { name: "Open files" })
      .getByRole("button", { name: "app.py", exact: true })
      .waitFor({ state: "detached" });
    await page.getByRole("treeitem", { name: "app.py" }).click();
    await page.getByText("print('hello')").waitFor();
    // Into a directory that is made by that: it is seen where it has gone.
    await page.getByRole("treeitem", { name: "README.md" }).click();
    await page.keyboard.press("F2");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("docs/old/NOTES.md");
    await page.keyboard.press("Enter");
    await page.locator("[role=treeitem][aria-selected=true][aria-label='NOTES.md']").waitFor();
  });

  it("are uploaded and saved by themselves", async () => {
    const page = await harness.open();
    const upload = { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("grüße ⚓\n") };
    await page.locator("input[type=file][multiple]").setInputFiles(upload);
    await page.getByRole("treeitem", { name: "notes.txt" }).click();
    await page.getByText("grüße ⚓").waitFor();
    await replaceText(page, "changed\n");
    await page.reload();
    await ready(page);
    const shown = page.locator(".monaco-editor .view-line").first();
    await shown.getByText("changed").waitFor();
    // One of the same name takes its place, until that is taken back.
    await page.locator("input[type=file][multiple]").setInputFiles(upload);
    await shown.getByText("grüße ⚓").waitFor();
    const notice = page.getByTestId("notice").filter({ hasText: "1 file replaced" });
    await notice.getByRole("button", { name: "Undo" }).click();
    await shown.getByText("changed").waitFor();
  });

  it("are dropped from the machine, directories too, and come back as a tar", async () => {
    const page = await harness.open();
    const directory = join(harness.directory, "dropped");
    await mkdir(join(directory, "deep"), { recursive: true });
    await writeFile(join(directory, "deep/inner.txt"), "within\n");
    await writeFile(join(directory, "plain.bin"), Buffer.from([0, 1, 2, 255]));
    await dropDirectory(page, directory);
    await page.getByText("2 files added").waitFor();
    await page.getByRole("treeitem", { name: "dropped" }).waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "File actions" }).click();
    await page.getByRole("menuitem", { name: "Download as tar" }).click();
    assert.equal((await download).suggestedFilename(), "workspace.tar");
    const target = join(harness.directory, "unpacked");
    await mkdir(target);
    const { status } = spawnSync("tar", ["-xf", await (await download).path(), "-C", target]);
    assert.equal(status, 0);
    assert.equal(await readFile(join(target, "dropped/deep/inner.txt"), "utf8"), "within\n");
    assert.deepEqual([...(await readFile(join(target, "dropped/plain.bin")))], [0, 1, 2, 255]);
    assert.match(await readFile(join(target, "Dockerfile"), "utf8"), /^FROM busybox:1$/m);
  });

  it("come back one by one, and directories as tars, under their own names", async () => {
    const page = await harness.open();
    await uploadDirectory(page, "examples/static-site");
    const file = await downloadOf(page, "README.md");
    assert.equal(file.suggestedFilename(), "README.md");
    assert.equal(await readFile(await file.path(), "utf8"), await readFile("examples/static-site/README.md", "utf8"));
    const directory = await downloadOf(page, "site", "Download as tar");
    assert.equal(directory.suggestedFilename(), "site.tar");
    const { stdout } = spawnSync("tar", ["-tf", await directory.path()], { encoding: "utf8" });
    assert.match(stdout, /^(\.\/)?index\.html$/m);
  });

  it("that are no text say so with their size: they are kept or replaced, and edited once they are text", async () => {
    const page = await harness.open();
    const editor = page.getByRole("region", { name: "Editor" });
    const bytes = Buffer.from([0xff, 0xfe, 0x41, 0x00, 0xe9]);
    const upload = { name: "notes.txt", mimeType: "text/plain", buffer: bytes };
    await page.locator("input[type=file][multiple]").setInputFiles(upload);
    await page.getByRole("treeitem", { name: "notes.txt" }).click();
    await editor.getByText("This file is not UTF-8 text: it cannot be edited here. It has 5 B.").waitFor();
    const download = page.waitForEvent("download");
    await editor.getByRole("button", { name: "Download" }).click();
    assert.deepEqual(await readFile(await (await download).path()), bytes);
    const replace = (name: string, text: string): Promise<void> =>
      editor.locator("input[type=file]").setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
    await replace("other.txt", "olé\n");
    const text = page.locator(".monaco-editor .view-lines");
    await text.getByText("olé").waitFor();
    // Also when it is somebody else who makes it one, or none.
    await writeFileOf(page, "notes.txt", "longer ".repeat(160_000));
    await editor.getByText("This file is longer than 1.05 MB, too long to be edited here. It has 1.12 MB.").waitFor();
    await writeFileOf(page, "notes.txt", "short\n");
    await text.getByText("short").waitFor();
    await replaceText(page, "edited\n");
    await page.reload();
    await ready(page);
    await text.getByText("edited").waitFor();
  });

  it("come out of a tar; a hostile one changes nothing", async () => {
    const page = await harness.open();
    await uploadDirectory(page, "examples/static-site");
    await page.getByRole("treeitem", { name: "site", exact: true }).waitFor();
    const { stdout } = spawnSync("tar", ["-C", harness.directory, "--transform=s,^,../../,", "-cPf", "-", "dropped"]);
    const hostile = { name: "hostile.tar", mimeType: "application/x-tar", buffer: stdout };
    const answer = page.waitForResponse((response) => response.url().endsWith("/tar"));
    await page.locator("input[type=file][accept*=tar]").setInputFiles(hostile);
    assert.equal((await answer).status(), 400);
    const { message } = (await (await answer).json()) as { message: string };
    await page.getByRole("status").getByText(message).waitFor();
    assert.equal(await page.getByRole("treeitem", { name: "dropped" }).count(), 0);
  });

  it("may have names that are not UTF-8: they are moved, deleted and brought back all the same", async () => {
    const page = await harness.open();
    const directory = join(harness.directory, "odd");
    await mkdir(join(directory, "box"), { recursive: true });
    await writeFile(Buffer.concat([Buffer.from(`${directory}/caf`), Buffer.from([0xe9])]), "olé\n");
    const { stdout } = spawnSync("tar", ["-C", directory, "-cf", "-", "."]);
    const odd = { name: "odd.tar", mimeType: "application/x-tar", buffer: stdout };
    await page.locator("input[type=file][accept*=tar]").setInputFiles(odd);
    const file = page.getByRole("treeitem", { name: /^caf.$/ });
    await file.dragTo(page.getByRole("treeitem", { name: "box" }));
    await file.waitFor({ state: "detached" });
    await page.getByRole("treeitem", { name: "box" }).click();
    await file.focus();
    await page.keyboard.press("Delete");
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await file.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).last().click();
    await file.waitFor();
    const alone = await downloadOf(page, /^caf.$/);
    assert.match(alone.suggestedFilename(), /^caf.$/);
    assert.equal(await readFile(await alone.path(), "utf8"), "olé\n");
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "File actions" }).click();
    await page.getByRole("menuitem", { name: "Download as tar" }).click();
    const listed = spawnSync("tar", ["-tf", await (await download).path(), "--quoting-style=escape"]);
    assert.match(listed.stdout.toString(), /^box\/caf\\351$/m);
  });

  it("may be thousands, and lines of output 20,000: the document stays small, the keyboard reaches all", async () => {
    const page = await harness.open();
    const tar = pack();
    for (let index = 0; index < 4990; index++) tar.entry({ name: `many/f${String(index).padStart(4, "0")}` }, "");
    tar.finalize();
    const many = { name: "many.tar", mimeType: "application/x-tar", buffer: await buffer(tar) };
    await page.locator("input[type=file][accept*=tar]").setInputFiles(many);
    await page.getByRole("treeitem", { name: "many" }).click();
    const items = page.getByRole("treeitem");
    await page.getByRole("treeitem", { name: "f0000" }).waitFor();
    assert.ok((await items.count()) < 100, `${await items.count()} rows`);
    await page.keyboard.press("ArrowDown");
    const first = page.locator("[data-path='many/f0000']:focus");
    await first.waitFor();
    assert.equal(await first.getAttribute("aria-setsize"), "4990");
    // The files of the workspace itself are the last rows.
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await page.locator("[data-path='many/f4989']:focus").waitFor();
    await page.getByRole("treeitem", { name: "f4980" }).waitFor();
    assert.ok((await items.count()) < 100, `${await items.count()} rows`);
    await page.getByRole("tree").evaluate((tree) => tree.scrollTo(0, tree.scrollHeight / 2));
    await page.getByRole("treeitem", { name: "f2500" }).waitFor();
    assert.equal(await page.locator(":focus").getAttribute("data-path"), "many/f4989", "the focus is not lost");

    await replaceText(page, 'FROM busybox\nCMD ["seq", "1", "20000"]\n');
    await build(page);
    await buildStatus(page, "completed").waitFor();
    const row = await runImage(page);
    await row.filter({ hasText: "exited" }).waitFor();
    const output = page.getByTestId("container-output");
    await output.getByText("20000", { exact: true }).waitFor();
    const lines = output.locator("[role=region] > div > div");
    assert.ok((await lines.count()) < 200, `${await lines.count()} lines`);
    const log = output.getByRole("region").first();
    await log.evaluate((element) => element.scrollTo(0, 0));
    await output.getByText("1", { exact: true }).waitFor();
    assert.ok((await lines.count()) < 200, `${await lines.count()} lines`);
  });

  it("follow another browser, have what both wrote without a connection, and ask when deleted meanwhile", async () => {
    const first = await harness.open();
    const other = await harness.context({ storageState: await first.context().storageState() });
    const second = await harness.open(other);
    await replaceText(first, "FROM busybox\n# from the first one\n");
    await second.getByText("# from the first one").waitFor();
    const writeOffline = async (text: string): Promise<void> => {
      await other.setOffline(true);
      await harness.dropConnections();
      await second.getByTestId("connection").getByText("The connection is lost").waitFor();
      await second.locator(".monaco-editor .view-lines").first().click();
      await second.keyboard.press("Control+End");
      await second.keyboard.type(text);
    };
    await writeOffline("# mine\n");
    await replaceText(first, "FROM busybox\n# theirs\n");
    await other.setOffline(false);
    await first.getByText("# mine").waitFor();
    await second.getByText("# theirs").waitFor();
    assert.equal(await second.getByRole("alert").filter({ hasText: "Dockerfile" }).count(), 0);
    await writeOffline("# more\n");
    await first.getByRole("treeitem", { name: "Dockerfile" }).focus();
    await first.keyboard.press("Delete");
    await first.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await first.getByRole("treeitem", { name: "Dockerfile" }).waitFor({ state: "detached" });
    await other.setOffline(false);
    await second.getByRole("alert").getByText("was deleted somewhere else").waitFor();
    await second.getByRole("button", { name: "Keep it" }).click();
    await first.getByRole("treeitem", { name: "Dockerfile" }).click();
    await first.getByText("# more").waitFor();
  });
});

/** By the menu of its row. */
async function downloadOf(page: Page, name: string | RegExp, item = "Download"): Promise<Download> {
  await page.getByRole("treeitem", { name, exact: true }).click({ button: "right" });
  const download = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: item, exact: true }).click();
  return download;
}
