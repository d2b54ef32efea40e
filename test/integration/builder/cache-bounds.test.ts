import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { BuildCache } from "#engine/builder/cache/build-cache.ts";
import { Database } from "#engine/metadata/database.ts";
import { digestOf } from "#engine/oci/digest.ts";
import { Machine, whyNot } from "./machine.ts";

describe("the cache's bounds", () => {
  const day = 86_400_000;

  it("drops the least recently used beyond its size, and what was unused too long; never what a build holds", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: 100 * day });
    const database = new Database(":memory:");
    const layers = {} as ConstructorParameters<typeof BuildCache>[0]["layers"];
    const limits = { bytes: 100, unusedForMs: 30 * day };
    const cache = new BuildCache({ scope: "t", database, layers, limits });
    const save = (name: string): string =>
      cache.save([digestOf(name)], { kind: "layer", layer: undefined, bytes: 40 }, name).id;
    const names = async (): Promise<string[]> => (await cache.list()).map(({ description }) => description);
    for (const name of ["a", "b", "c"]) {
      save(name);
      t.mock.timers.tick(1000);
    }
    await cache.find(digestOf("a"));
    t.mock.timers.tick(1000);
    cache.flush();
    cache.trim();
    assert.deepEqual(await names(), ["c", "a"]);
    const release = cache.hold(save("held"));
    t.mock.timers.tick(31 * day);
    cache.trim();
    assert.deepEqual(await names(), ["held"]);
    release();
    cache.trim();
    assert.deepEqual(await names(), []);
    database.close();
  });
});

describe("cache mounts", { skip: whyNot() ?? false }, () => {
  const machine = new Machine();
  before(async () => {
    await machine.start();
    await machine.addBusybox();
  });
  after(() => machine.dispose());

  it("are listed and pruned with the cache", async () => {
    await machine.build("FROM busybox\nRUN --mount=type=cache,target=/c dd if=/dev/zero of=/c/f bs=1024 count=64\n");
    const mounts = async () => (await machine.builder.cache.list()).filter(({ type }) => type === "exec.cachemount");
    assert.deepEqual(
      (await mounts()).map(({ bytes, inUse }) => [bytes >= 64 * 1024, inUse]),
      [[true, false]],
    );
    const { ids, bytes } = await machine.builder.cache.prune({ all: true });
    assert.ok(ids.length === 2 && bytes >= 64 * 1024);
    assert.deepEqual(await mounts(), []);
  });

  /** Two at the same time, each told the other's name. */
  async function together(script: (me: string, other: string) => string): Promise<string[]> {
    const said = async (me: string, other: string): Promise<string> => {
      const { events } = await machine.build(`FROM busybox\nRUN ${script(me, other)}\n`, {}, { noCache: true });
      return events.flatMap((event) => (event.type === "log" ? [event.text] : [])).join("");
    };
    return Promise.all([said("one", "two"), said("two", "one")]);
  }
  const meet = (directory: string, me: string, other: string): string =>
    `touch ${directory}/${me} && while [ ! -e ${directory}/${other} ]; do sleep 0.02; done`;

  it("are shared by builds at the same time", async () => {
    await together((me, other) => `--mount=type=cache,target=/met ${meet("/met", me, other)}`);
  });

  it("are begun anew by --no-cache where they have a mode or an owner, once in a build", async () => {
    const listed = async (options: string, names: string[], noCache: boolean): Promise<string> => {
      const steps = names.map(
        (name) => `RUN --mount=type=cache,target=/a,id=${options} touch /a/${name} && echo $(ls /a)`,
      );
      const { events } = await machine.build(["FROM busybox", ...steps].join("\n"), {}, { noCache });
      return events.flatMap((event) => (event.type === "log" ? [event.text] : [])).join("");
    };
    for (const [options, again] of [
      ["plain", "1 2 3\n1 2 3 4\n"],
      ["moded,mode=0773", "3\n3 4\n"],
      ["owned,uid=1000", "3\n3 4\n"],
    ] as const) {
      assert.equal(await listed(options, ["1", "2"], false), "1\n1 2\n");
      assert.equal(await listed(options, ["3", "4"], true), again, options);
    }
  });

  it("are each build's own while it runs, where they are private", async () => {
    const lists = await together(
      (me, other) =>
        `--mount=type=cache,target=/p,sharing=private --mount=type=cache,target=/before --mount=type=cache,target=/after touch /p/of-${me} && ${meet("/before", me, other)} && ls /p && ${meet("/after", me, other)}`,
    );
    assert.deepEqual(lists, ["of-one\n", "of-two\n"]);
  });

  it("are one build's after the other, where they are locked", async () => {
    const script =
      "--mount=type=cache,target=/l,sharing=locked mkdir /l/busy && echo begin >> /l/log && sleep 0.1 && echo end >> /l/log && rmdir /l/busy && cat /l/log";
    const [one = "", two = ""] = await together((me) => `${script} # ${me}`);
    assert.deepEqual([one, two].toSorted(), ["begin\nend\n", "begin\nend\nbegin\nend\n"]);
  });
});

describe("pruning", { skip: whyNot() ?? false }, () => {
  const machine = new Machine();
  before(async () => {
    await machine.start();
    await machine.addBusybox();
  });
  after(() => machine.dispose());

  const descriptions = async () =>
    (await machine.builder.cache.list()).map(({ description }) => description).toSorted();

  it("leaves what images share, unless all is asked for, and takes what is picked out", async () => {
    await machine.build("FROM busybox\nRUN echo 1 > /1\nRUN echo 2 > /2\n", {}, { tags: ["kept"] });
    const gone = await machine.build("FROM busybox\nRUN echo 3 > /3\nRUN echo 4 > /4\n", {}, { tags: ["gone"] });
    machine.images.remove("gone", { force: true, prune: true });
    const records = await machine.builder.cache.list();
    const record = (name: string) => records.find(({ description }) => description === `RUN echo ${name} > /${name}`);
    assert.deepEqual(
      ["1", "2", "3", "4"].map((name) => record(name)?.shared),
      [true, true, false, false],
    );
    assert.deepEqual([record("3")?.parents, record("4")?.parents], [[], [record("3")?.id]]);
    const cache = machine.builder.cache;
    const matches = ({ id }: { id: string }) => id === record("4")?.id;
    assert.deepEqual((await cache.prune({ all: false, matches })).ids, [record("4")?.id]);
    const { ids, bytes } = await cache.prune({ all: false });
    assert.deepEqual([ids, bytes > 0], [[record("3")?.id], true]);
    assert.deepEqual(await descriptions(), ["RUN echo 1 > /1", "RUN echo 2 > /2"]);
    assert.equal((await cache.prune({ all: true })).bytes, 0, "the image still has them");
    assert.deepEqual(await descriptions(), []);
    assert.equal(gone.image.layers.length, 3);
  });
});
