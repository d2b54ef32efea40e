import assert from "node:assert/strict";
import { lstatSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Machine, whyNot } from "./machine.ts";

describe("SOURCE_DATE_EPOCH", { skip: whyNot() ?? false }, () => {
  const machine = new Machine();
  before(async () => {
    await machine.start();
    await machine.addBusybox();
  });
  after(() => machine.dispose());

  const dockerfile = [
    "FROM busybox",
    "WORKDIR /work/here",
    "RUN mkdir -p a/b && echo x > a/b/c && ln a/b/c d && ln -s c e && touch -d '2001-01-01 00:00:00' old",
    "COPY f /new/place/",
    "ENV A=b",
  ].join("\n");

  it("gives the same image bit for bit, whenever it is built", async () => {
    const build = (epoch: string | undefined) =>
      machine.build(dockerfile, { f: "f" }, { noCache: true, buildArgs: { SOURCE_DATE_EPOCH: epoch } });
    const first = await build("1700000000");
    await delay(1100);
    const second = await build("1700000000");
    assert.equal(second.image.id, first.image.id);
    assert.equal(first.image.config.created, "2023-11-14T22:13:20.000Z");
    await machine.inspect(first.image, (root) => {
      const seconds = (file: string): number => lstatSync(path.join(root, file)).mtimeMs / 1000;
      assert.deepEqual(
        ["work/here/a/b/c", "work/here/e", "work", "new/place", "new/place/f"].map(seconds),
        [1_700_000_000, 1_700_000_000, 1_700_000_000, 1_700_000_000, 1_700_000_000],
      );
      assert.equal(seconds("work/here/old"), Date.UTC(2001, 0, 1) / 1000);
    });
    assert.notEqual((await build(undefined)).image.id, first.image.id);
    assert.notEqual((await build("1700000001")).image.id, first.image.id);
  });

  it("is refused when it is no time", async () => {
    await assert.rejects(
      machine.build(dockerfile, { f: "f" }, { buildArgs: { SOURCE_DATE_EPOCH: "yesterday" } }),
      /invalid SOURCE_DATE_EPOCH "yesterday": it is a number of seconds since 1970/,
    );
  });
});
