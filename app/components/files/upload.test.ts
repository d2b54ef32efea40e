/** What an unpacked tar replaces can be put back, or it is not said that it could. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { unpack } from "./upload.ts";
import type { WorkspaceApi } from "../../lib/api.ts";
import type { Notices } from "../ui/notices.tsx";
import type { FileEntry } from "../../../server/contract/extension-api.ts";

describe("a tar that is unpacked over files", () => {
  let files: Map<string, { text: string; version: number }>;
  let tar: Record<string, string>;
  let shown: { text: string; act: (() => void) | undefined }[];
  let writes = 0;
  beforeEach(() => {
    files = new Map();
    shown = [];
    put("Dockerfile", "as it was");
    put("other.txt", "not in the tar");
    tar = { Dockerfile: "of the tar", "new.txt": "new" };
  });
  const put = (path: string, text: string): void => void files.set(path, { text, version: ++writes });
  const api = {
    files: () =>
      Promise.resolve(
        [...files].map(([path, { text, version }]): FileEntry => {
          return { path, kind: "file", size: text.length, version: String(version), executable: false };
        }),
      ),
    readFile: (path: string) => Promise.resolve({ bytes: new TextEncoder().encode(files.get(path)?.text) }),
    writeFile: async (path: string, body: Blob) => put(path, await body.text()),
    unpackTar: () => {
      for (const [path, text] of Object.entries(tar)) put(path, text);
      return Promise.resolve({ files: Object.keys(tar).length });
    },
  } as unknown as WorkspaceApi;
  const notices = {
    show: (_kind: string, text: string, action?: { act: () => void }) => shown.push({ text, act: action?.act }),
  } as unknown as Notices;
  const texts = (): Record<string, string> =>
    Object.fromEntries([...files].map(([path, { text }]) => [path, text] as const));

  it("gives back what it replaced, and leaves the rest", async () => {
    await unpack({ api, notices }, new Blob());
    assert.deepEqual(
      shown.map(({ text }) => text),
      ["1 file added", "1 file replaced"],
    );
    const version = files.get("other.txt")?.version;
    shown[1]?.act?.();
    await new Promise(setImmediate);
    assert.deepEqual(texts(), { Dockerfile: "as it was", "other.txt": "not in the tar", "new.txt": "new" });
    assert.equal(files.get("other.txt")?.version, version, "what was not replaced is not written");
  });

  it("offers nothing where one of them was too large to be kept", async () => {
    put("large.bin", "0".repeat(5 << 20));
    tar["large.bin"] = "small";
    await unpack({ api, notices }, new Blob());
    assert.deepEqual(shown.at(-1), { text: "2 files replaced", act: undefined });
  });

  it("is told of once where it replaced nothing", async () => {
    tar = { "new.txt": "new" };
    await unpack({ api, notices }, new Blob());
    assert.deepEqual(shown, [{ text: "1 file added", act: undefined }]);
  });
});
