import assert from "node:assert/strict";
import { test } from "node:test";
import { bringBack } from "./bring-back.ts";
import { ApiError } from "../../lib/api.ts";

type Workspace = Parameters<typeof bringBack>[0];

/** A workspace's files, and what its page was told. */
function fixture(files: Map<string, string>) {
  const said: { kind: string; text: string; act?: (() => void) | undefined }[] = [];
  const done: string[] = [];
  const workspace = {
    api: {
      readFile: async (path: string) => {
        const text = files.get(path);
        if (text === undefined) throw new ApiError(404, "no such file");
        return { bytes: new TextEncoder().encode(text), version: "1" };
      },
      writeFile: async (path: string, body: string | Uint8Array) => {
        if (path.startsWith("closed/")) throw new ApiError(403, "not yours");
        files.set(path, typeof body === "string" ? body : new TextDecoder().decode(body));
      },
      removeFile: async (path: string) => void files.delete(path),
    },
    documents: {
      flush: async () => void done.push("flush"),
      show: async (path: string) => void done.push(`show ${path}`),
    },
    notices: {
      show: (kind: string, text: string, action?: { act: () => void }) => said.push({ kind, text, act: action?.act }),
    },
  } as unknown as Workspace;
  return { workspace, said, done };
}

const settled = () => new Promise(setImmediate);

test("a Dockerfile of before is brought back, after what was typed last was saved, and that can be undone", async () => {
  const files = new Map([["app/Dockerfile", "FROM new\n"]]);
  const { workspace, said, done } = fixture(files);
  await bringBack(workspace, "app/Dockerfile", "FROM old\n");
  assert.equal(files.get("app/Dockerfile"), "FROM old\n");
  assert.deepEqual(done, ["flush", "show app/Dockerfile"]);
  said[0]?.act?.();
  await settled();
  assert.equal(files.get("app/Dockerfile"), "FROM new\n");
  assert.deepEqual(
    said.map(({ kind }) => kind),
    ["done"],
  );
});

test("one that is gone is there again, and goes again", async () => {
  const files = new Map<string, string>();
  const { workspace, said } = fixture(files);
  await bringBack(workspace, "Dockerfile", "FROM old\n");
  assert.equal(files.get("Dockerfile"), "FROM old\n");
  said[0]?.act?.();
  await settled();
  assert.equal(files.size, 0);
});

test("what cannot be written is told", async () => {
  const { workspace, said, done } = fixture(new Map());
  await bringBack(workspace, "closed/Dockerfile", "FROM old\n");
  assert.deepEqual([said[0]?.kind, said[0]?.text], ["error", "closed/Dockerfile: not yours"]);
  assert.deepEqual(done, ["flush"]);
});
