/** What is saved over a container's own file can be taken back. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { writeContainerFile } from "./write-file.ts";
import { ApiError } from "../../lib/http.ts";

describe("a file of a container that is written", () => {
  let files: Map<string, string>;
  let refused: { read?: Error; write?: Error };
  let told = (): void => undefined;
  let shown: { kind: string; text: string; act: (() => void) | undefined }[];
  beforeEach(() => {
    files = new Map([["/etc/app.conf", "as it was"]]);
    refused = {};
    shown = [];
  });
  const details = {
    readFile: (_container: string, path: string) => {
      const text = files.get(path);
      if (refused.read !== undefined) return Promise.reject(refused.read);
      if (text === undefined) return Promise.reject(new ApiError(404, "no such file"));
      return Promise.resolve(new TextEncoder().encode(text));
    },
    writeFile: async (_container: string, path: string, body: BodyInit) => {
      if (refused.write !== undefined) throw refused.write;
      files.set(path, await (body as Blob).text());
    },
  };
  const notices = {
    show: (kind: string, text: string, action?: { act: () => void }) => {
      told();
      return shown.push({ kind, text, act: action?.act });
    },
  };
  const write = async (path: string, text: string): Promise<void> => {
    const content = new Blob([text]);
    await writeContainerFile(details, notices, { container: "c1", path, content, said: "saved", written: () => {} });
  };
  const press = async (): Promise<void> => {
    const over = new Promise<void>((resolve) => (told = resolve));
    shown.at(-1)?.act?.();
    await over;
  };

  it("has what it held before again at a press of Undo, and what was saved at another", async () => {
    await write("/etc/app.conf", "saved");
    // Not what was shown: its program wrote it in between.
    files.set("/etc/app.conf", "written meanwhile");
    await write("/etc/app.conf", "saved again");
    await press();
    assert.equal(files.get("/etc/app.conf"), "written meanwhile");
    await press();
    assert.equal(files.get("/etc/app.conf"), "saved again");
    assert.deepEqual(
      shown.map(({ kind, text }) => `${kind}: ${text}`),
      ["done: saved", "done: saved", "done: saved", "done: saved"],
    );
  });

  it("is only said to be saved when it was not there", async () => {
    await write("/etc/new.conf", "new");
    assert.deepEqual([files.get("/etc/new.conf"), shown.at(-1)?.act], ["new", undefined]);
  });

  it("says why it could not be taken back", async () => {
    await write("/etc/app.conf", "saved");
    refused = { write: new ApiError(409, "The container is gone.") };
    await press();
    assert.deepEqual(shown.at(-1), { kind: "error", text: "The container is gone.", act: undefined });
  });

  it("is not written where it cannot be read", async () => {
    refused = { read: new ApiError(400, "It is no regular file.") };
    await assert.rejects(write("/etc/app.conf", "lost"), /no regular file/);
    assert.equal(files.get("/etc/app.conf"), "as it was");
  });
});
