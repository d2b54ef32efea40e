/** The open documents of a workspace, and the pages that have them open. */
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import * as Y from "yjs";
import { documentPathSchema, updateDocumentSchema } from "../../../../server/contract/document-events.ts";
import type { DocumentEnded } from "../../../../server/contract/document-events.ts";
import type { TenantClient } from "../../../../server/playground/client/tenant-client.ts";
import { DocumentHub } from "../../../../server/playground/documents/document-hub.ts";
import type { DocumentReader } from "../../../../server/playground/documents/document-hub.ts";
import { threadTime } from "../../../../server/playground/documents/stopwatch.ts";
import { Problem } from "../../../../server/playground/http/problem.ts";
import { memoryDocumentStates } from "../../../fakes/document-states.ts";

/** An engine with these files; what it was asked to write, and where it tells of changes. */
function engineWith(files: Map<string, string>): { tenant: TenantClient; written: string[]; changes: PassThrough } {
  const written: string[] = [];
  const changes = new PassThrough();
  const tenant = {
    readFile: async (path: string) => {
      const text = files.get(path);
      if (text === undefined) throw new Problem(404, "no such file");
      const answer = Object.assign(new PassThrough(), { headers: { etag: `"${text}"` } });
      answer.end(text);
      return answer;
    },
    writeFile: async (path: string, body: Uint8Array) => {
      files.set(path, Buffer.from(body).toString());
      written.push(path);
      return { version: files.get(path) };
    },
    changes: async () => changes,
  } as unknown as TenantClient;
  return { tenant, written, changes };
}

class Page implements DocumentReader {
  readonly doc = new Y.Doc();
  readonly heard: string[] = [];
  update = ({ update }: { update: Uint8Array }) => Y.applyUpdate(this.doc, update);
  saved = ({ seq, all }: { seq: number; all: boolean }) => void this.heard.push(`saved ${seq}${all ? "" : " partly"}`);
  trouble = () => void this.heard.push("trouble");
  ended = ({ why, movedTo }: DocumentEnded) => void this.heard.push(`ended ${why} ${movedTo ?? ""}`.trim());
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const vector = Y.encodeStateVector(new Y.Doc());
const insert = (page: Page, text: string): Uint8Array => {
  const before = Y.encodeStateVector(page.doc);
  page.doc.getText("text").insert(0, text);
  return Y.encodeStateAsUpdate(page.doc, before);
};

describe("the documents of a workspace", () => {
  it("are one for all pages; each is told which of its updates are in the file", async () => {
    const files = new Map([["a.txt", "text"]]);
    const hub = new DocumentHub(async () => engineWith(files).tenant, memoryDocumentStates());
    const [ada, bob] = [new Page(), new Page()];
    for (const page of [ada, bob]) {
      const opened = await hub.of("w").open(page, "a.txt", { vector });
      assert.ok(opened.problem === undefined);
      Y.applyUpdate(page.doc, opened.update);
    }
    await hub.of("w").update(ada, { path: "a.txt", update: insert(ada, "my "), seq: 7 });
    assert.equal(bob.doc.getText("text").toString(), "my text");
    assert.equal(await hub.of("w").save(), true);
    assert.equal(files.get("a.txt"), "my text");
    assert.deepEqual([ada.heard, bob.heard], [["saved 7"], ["saved 0"]]);
    await hub.of("w").leave(ada);
    await hub.of("w").leave(bob);
    assert.ok(hub.of("w").isEmpty, "nobody has it open");
    await hub.close();
  });

  it("are not all opened by who only looks on: half of what may be open is left to those who write", async () => {
    const names = Array.from({ length: 200 }, (_none, index) => `${index}.txt`);
    const hub = new DocumentHub(
      async () => engineWith(new Map(names.map((name) => [name, "text"]))).tenant,
      memoryDocumentStates(),
    );
    const [viewer, editor] = [Object.assign(new Page(), { looksOn: true }), new Page()];
    const opened = async (page: DocumentReader): Promise<number> => {
      const answers = [];
      for (const name of names) answers.push(await hub.of("w").open(page, name, { vector }));
      return answers.filter(({ problem }) => problem === undefined).length;
    };
    assert.equal(await opened(viewer), 64);
    assert.equal(await opened(editor), 128);
    assert.equal(await opened(viewer), 128, "what an editor has open is there to look at");
    await hub.close();
  });

  it("are none where there is no such file, and take nothing from who has them not open", async () => {
    const { tenant, written } = engineWith(new Map([["a.txt", "text"]]));
    const hub = new DocumentHub(async () => tenant, memoryDocumentStates());
    const [ada, stranger] = [new Page(), new Page()];
    assert.deepEqual(await hub.of("w").open(ada, "b.txt", { vector }), { problem: "gone" });
    assert.ok(hub.of("w").isEmpty);
    await hub.of("w").open(ada, "a.txt", { vector });
    await hub.of("w").update(stranger, { path: "a.txt", update: insert(stranger, "x"), seq: 1 });
    await hub.of("other").update(ada, { path: "a.txt", update: insert(ada, "x"), seq: 1 });
    await hub.of("w").save();
    assert.deepEqual(written, []);
    await assert.rejects(hub.of("w").update(ada, { path: "a.txt", update: Uint8Array.of(1, 9, 9), seq: 1 }), {
      status: 400,
    });
    await hub.of("w").update(ada, { path: "a.txt", update: insert(stranger, "y"), seq: 2 });
    await hub.of("w").leave(ada);
    assert.deepEqual(written, [], "who was refused begins anew");
    await hub.close();
  });

  it("count the work of many updates at once no more than once", async () => {
    const hub = new DocumentHub(async () => engineWith(new Map([["a.txt", "text"]])).tenant, memoryDocumentStates());
    const [page, pages] = [new Page(), hub.of("w")];
    const opened = await pages.open(page, "a.txt", { vector });
    assert.ok(opened.problem === undefined);
    Y.applyUpdate(page.doc, opened.update);
    const letters = Array.from({ length: 300 }, () => insert(page, "x"));
    let spent = 0;
    const began = threadTime();
    const all = letters.map((update, seq) =>
      pages.update(page, { path: "a.txt", update, seq: seq + 1 }, (took) => void (spent += took)),
    );
    await Promise.all(all);
    const passed = threadTime() - began;
    assert.ok(spent > 0 && spent <= passed, `${spent} of ${passed} ms`);
    await hub.close();
  });

  it("go with their file to another name, saved; where it got none they stay", async () => {
    const files = new Map([["src/a.txt", "text"]]);
    const { tenant, changes } = engineWith(files);
    const hub = new DocumentHub(async () => tenant, memoryDocumentStates());
    const [page, pages] = [new Page(), hub.of("w")];
    const opened = await pages.open(page, "src/a.txt", { vector });
    assert.ok(opened.problem === undefined);
    Y.applyUpdate(page.doc, opened.update);
    await assert.rejects(
      pages.rename("src", "lib", () => Promise.reject(new Problem(409, "there is one"))),
      /there is one/,
    );
    await pages.update(page, { path: "src/a.txt", update: insert(page, "my "), seq: 1 });
    await pages.rename("src", "lib", async () => {
      files.set("lib/a.txt", files.get("src/a.txt") ?? "").delete("src/a.txt");
      changes.write(`${JSON.stringify({ path: "src", kind: "removed" })}\n`);
    });
    await until(() => !page.heard.at(-1)?.startsWith("saved"));
    assert.deepEqual(page.heard.slice(-2), ["saved 1", "ended gone lib/a.txt"]);
    assert.equal(files.get("lib/a.txt"), "my text");
    assert.ok(pages.isEmpty);
    await hub.close();
  });

  it("keep what is typed while their file gets another name, and their history", async () => {
    const files = new Map([["a.txt", "text"]]);
    const hub = new DocumentHub(async () => engineWith(files).tenant, memoryDocumentStates());
    const [page, pages] = [new Page(), hub.of("w")];
    const opened = await pages.open(page, "a.txt", { vector });
    assert.ok(opened.problem === undefined);
    Y.applyUpdate(page.doc, opened.update);
    await pages.rename("a.txt", "b.txt", async () => {
      files.set("b.txt", files.get("a.txt") ?? "").delete("a.txt");
      await pages.update(page, { path: "a.txt", update: insert(page, "my "), seq: 1 });
    });
    assert.deepEqual(page.heard, ["saved 0", "ended gone b.txt"]);
    const again = await pages.open(page, "b.txt", { epoch: opened.epoch, vector: Y.encodeStateVector(page.doc) });
    assert.ok(again.problem === undefined && again.epoch === opened.epoch, "the same document");
    Y.applyUpdate(page.doc, again.update);
    assert.equal(page.doc.getText("text").toString(), "my text");
    await pages.save();
    assert.deepEqual([...files], [["b.txt", "my text"]]);
    await hub.close();
  });

  it("end with their workspace: nothing is tried again for ever", async () => {
    const { tenant, changes } = engineWith(new Map([["a.txt", "text"]]));
    let gone = false;
    const hub = new DocumentHub(async () => {
      if (gone) throw new Problem(404, "This workspace was deleted.");
      return tenant;
    }, memoryDocumentStates());
    const [page, pages] = [new Page(), hub.of("w")];
    await pages.open(page, "a.txt", { vector });
    gone = true;
    await pages.update(page, { path: "a.txt", update: insert(page, "x"), seq: 1 });
    await pages.leave(page);
    assert.ok(!pages.isEmpty, "it waits to be saved");
    changes.end();
    await until(() => pages.isEmpty);
    await hub.close();
  });

  it("are within the workspace, and their updates of a size", () => {
    for (const path of ["", "/etc/passwd", "../x", "a/../../x", "./a", "a//b", "a/", ".."]) {
      assert.ok(!documentPathSchema.safeParse(path).success, path);
    }
    for (const path of ["a", "a/b.c", "..a", "ä/😀"]) assert.ok(documentPathSchema.safeParse(path).success, path);
    const update = new Uint8Array(2 * 1024 * 1024 + 1);
    assert.ok(!updateDocumentSchema.safeParse({ path: "a", update, seq: 1 }).success);
  });
});
