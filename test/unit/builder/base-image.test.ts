import assert from "node:assert/strict";
import { test } from "node:test";
import { BaseImages } from "../../../server/engine/builder/lower/base-image.ts";
import { hostPlatform } from "../../../server/engine/oci/platform.ts";
import { NotFound } from "../../../server/engine/errdefs/errors.ts";
import type { Image, ImageStore } from "../../../server/engine/images/image-store.ts";
import type { TransferOptions } from "../../../server/engine/remotes/remotes.ts";

const here = hostPlatform();
const local = { config: here, standIn: false, tags: ["busybox:latest", "localhost:5000/busy:1"] } as unknown as Image;
const foreign = { config: { os: "linux", architecture: "s390x" }, standIn: false, tags: [] } as unknown as Image;

function baseImages(anyPlatform = false, found = local) {
  const pulled: (TransferOptions["platform"] | undefined)[] = [];
  const images = new BaseImages({
    images: {
      find: (name: string) => (name === "busybox" ? found : undefined),
      list: () => [found],
    } as unknown as ImageStore,
    transfer: {
      pull: (_name, options) => {
        pulled.push(options?.platform);
        return Promise.reject(new NotFound("not there"));
      },
      push: () => Promise.reject(new Error("not here")),
    },
    pull: false,
    anyPlatform,
    auth: undefined,
    signal: new AbortController().signal,
  });
  return { images, pulled };
}

test("an image that is here is taken, for its platform and for any", async () => {
  const { images, pulled } = baseImages();
  assert.equal(await images.resolve("busybox", undefined, () => {}), local);
  assert.equal(await images.resolve("busybox", here, () => {}), local);
  assert.deepEqual(pulled, []);
});

test("another platform's that is here is taken where none was named and this machine's cannot be had", async () => {
  const { images, pulled } = baseImages(false, foreign);
  assert.equal(await images.resolve("busybox", undefined, () => {}), foreign);
  assert.deepEqual(pulled, [undefined]);
  assert.equal(await images.resolve("busybox", foreign.config, () => {}), foreign);
  const classic = baseImages(true, foreign);
  assert.equal(await classic.images.resolve("busybox", undefined, () => {}), foreign);
  assert.deepEqual(classic.pulled, []);
});

test("the classic builder takes what is here for any platform", async () => {
  const { images, pulled } = baseImages(true);
  assert.equal(await images.resolve("busybox", { os: "linux", architecture: "s390x" }, () => {}), local);
  assert.deepEqual(pulled, []);
});

test("for another platform it is not what was asked for: that one is pulled, or is not found", async () => {
  const { images, pulled } = baseImages();
  const platform = { os: "linux", architecture: "s390x" };
  await assert.rejects(
    images.resolve("busybox", platform, () => {}),
    { name: "NotFound", message: /image "busybox:latest" was not found/ },
  );
  assert.deepEqual(pulled, [platform]);
});

test("a name that is almost one of an image here is told as that; one of a registry's own, or far from all, is not", async () => {
  const said = async (name: string) => {
    const error: unknown = await baseImages()
      .images.resolve(name, undefined, () => {})
      .catch((reason: unknown) => reason);
    assert.ok(error instanceof NotFound && error.cause instanceof NotFound);
    return [error.message, error.cause.message];
  };
  const missing = (name: string, end: string) => [`image "${name}" was not found: not there${end}`, `not there${end}`];
  assert.deepEqual(await said("busyboxx:2"), missing("busyboxx:2", " (did you mean busybox?)"));
  assert.deepEqual(await said("postgres"), missing("postgres:latest", ""));
  assert.deepEqual(await said("localhost:5000/bussy:1"), missing("localhost:5000/bussy:1", ""));
});
