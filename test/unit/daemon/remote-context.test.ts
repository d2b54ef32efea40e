import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { remoteContext } from "../../../server/daemon/routes/build/remote.ts";
import { Unavailable } from "../../../server/engine/errdefs/errors.ts";

const { signal } = new AbortController();

/** What is unpacked, and what is told, when `remote` serves `content`. */
async function fetched(remote: string, content: Buffer, type: string) {
  const told: object[] = [];
  let unpacked = Buffer.alloc(0);
  const result = await remoteContext(
    remote,
    {
      urls: {
        open: () =>
          Promise.resolve({
            body: Readable.from([content.subarray(0, 3), content.subarray(3)]),
            type,
          }),
      },
      git: async (address) => {
        told.push({ git: address });
        return { root: "/repository", hostBase: 0, dispose: () => Promise.resolve() };
      },
      unpack: async (tar) => {
        unpacked = Buffer.concat((await tar.toArray()) as Buffer[]);
        return { root: "/none", hostBase: 0, dispose: () => Promise.resolve() };
      },
    },
    { write: (line) => Promise.resolve(void told.push(line)), signal },
  );
  return { dockerfile: result.dockerfile, root: result.source.root, unpacked, told };
}

test("a tar at a URL is the context, byte for byte; a text is the Dockerfile, without a context", async () => {
  const tar = Buffer.from("name\0\0\0\0of a file");
  const archive = await fetched("http://host/context.tar", tar, "application/octet-stream");
  assert.equal(archive.dockerfile, undefined);
  assert.deepEqual(archive.unpacked, tar);
  assert.match(JSON.stringify(archive.told), /"id":"Downloading context"/);
  for (const type of ["text/plain", "application/octet-stream"]) {
    const file = await fetched("http://host/Dockerfile", Buffer.from("FROM busybox\n"), type);
    assert.deepEqual(file.dockerfile, { text: "FROM busybox\n", name: "Dockerfile" });
    assert.equal(file.unpacked.length, 1024);
  }
});

test("what is an address of Git is fetched as a repository", async () => {
  const addresses = [
    "git@host:a/b",
    "https://host/a.git#main",
    "http://host/a.git?branch=b",
    "github.com/a/b",
    "git://h/x",
  ];
  for (const address of addresses) {
    const { root, told } = await fetched(address, Buffer.from(""), "");
    assert.deepEqual([root, told], ["/repository", [{ git: address }]]);
  }
});

test("what is no URL, or is not reached, is told in dockerd's words", async () => {
  const content = Buffer.from("");
  await assert.rejects(fetched("notaurl", content, ""), {
    name: "Unknown",
    message: "remoteURL (notaurl) could not be recognized as URL",
  });
  const urls = { open: () => Promise.reject(new Unavailable("dial tcp: no")) };
  const unpack = () => Promise.reject(new Error("not asked for"));
  const work = remoteContext(
    "http://host/x",
    { urls, unpack, git: unpack },
    { write: () => Promise.resolve(), signal },
  );
  await assert.rejects(work, {
    name: "Unknown",
    message: "error downloading remote context http://host/x: dial tcp: no",
  });
});
