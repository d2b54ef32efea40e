import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalBaseImages, type LocalBaseImagesOptions } from "#engine/catalogue/local.ts";
import { packageVersion } from "#engine/catalogue/packages.ts";
import type { ImageStore } from "#engine/images/image-store.ts";
import { bookworm as host } from "./bookworm.ts";

test("a tag of another major version is refused before anything is made for it", async () => {
  let made = 0;
  const options = {
    host,
    directory: "/none",
    images: { find: () => undefined },
    roots: { build: () => Promise.reject(new Error(`made ${++made}`)) },
  };
  const catalogue = new LocalBaseImages(options as unknown as LocalBaseImagesOptions);
  const images = {} as ImageStore;
  const major = process.versions.node.split(".")[0];
  await assert.rejects(catalogue.ensure("node:9", { images }), {
    message: `there is no local stand-in for node:9: the one here is node ${process.versions.node} (use node:${major})`,
  });
  assert.equal(made, 0);
  await assert.rejects(catalogue.ensure(`node:${major}`, { images }), /made 1/);
});

test("a package's version is the program's own, and unknown where no list has it", async () => {
  assert.match((await packageVersion("bash", undefined)) ?? "", /^\d+\.\d+[\d.]*$/);
  assert.equal(await packageVersion("drydock-no-such-package", undefined), undefined);
});
