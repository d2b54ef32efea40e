import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deflateRawSync } from "node:zlib";
import { cloneCommand, readLink } from "./link-content.ts";

const dockerfile = "FROM busybox\nRUN echo 'ä & b'\n";
const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString("base64url");

describe("a link that brings files", () => {
  it("has a Dockerfile as text, in base64, or deflated", async () => {
    const wanted = { kind: "dockerfile", text: dockerfile };
    assert.deepEqual(await readLink(`#dockerfile=${encodeURIComponent(dockerfile)}`), wanted);
    assert.deepEqual(await readLink(`#dockerfile=${base64(dockerfile)}`), wanted);
    assert.deepEqual(await readLink(`#dockerfile.z=${base64(deflateRawSync(dockerfile))}`), wanted);
  });

  it("has a tar, or the address of a repository", async () => {
    assert.deepEqual(await readLink(`#tar=${base64(new Uint8Array([1, 255]))}`), {
      kind: "tar",
      bytes: new Uint8Array([1, 255]),
    });
    const url = "https://example.org/a/b.git";
    assert.deepEqual(await readLink(`#git=${encodeURIComponent(url)}`), { kind: "git", url });
  });

  it("brings nothing else: no files of the machine, no commands, no bomb", async () => {
    for (const address of ["ext::sh -c id", "file:///etc", "ssh://x/y", "-upload-pack=x", "nothing"]) {
      assert.equal(await readLink(`#git=${encodeURIComponent(address)}`), undefined, address);
    }
    assert.equal(await readLink(""), undefined);
    assert.equal(await readLink("#other=x"), undefined);
    const bomb = base64(deflateRawSync(Buffer.alloc(64 * 1024 * 1024)));
    await assert.rejects(readLink(`#dockerfile.z=${bomb}`), RangeError);
    await assert.rejects(readLink("#dockerfile.z=AAAA"));
  });

  it("is fetched by a command in which an address stays one word", () => {
    const url = new URL("https://example.org/';id;'").href;
    assert.match(
      cloneCommand(url),
      /^git clone --depth 1 -- 'https:\/\/example\.org\/%27;id;%27' \/tmp\/repository && /,
    );
  });
});
