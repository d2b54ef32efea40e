import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Drydockd, whyNot } from "../../suites/drydockd.ts";

const skip = whyNot() ?? (existsSync("/bin/busybox") ? false : "the package busybox-static is not installed");

/** Whiteouts, opaque directories, files for directories and the other way round, links, owners, modes, in two stages. */
const dockerfile = `
FROM scratch AS base
COPY busybox /bin/
COPY etc /etc
RUN ["/bin/busybox", "--install", "-s", "/bin"]
ENV PATH=/bin
COPY tree /tree
RUN rm /tree/gone && rm -r /tree/opaque && mkdir -p /tree/opaque/deep && echo new >/tree/opaque/new
RUN rm -r /tree/becomes-file && echo file >/tree/becomes-file && rm /tree/becomes-directory && mkdir /tree/becomes-directory
RUN ln /tree/kept /tree/hard && ln -s kept /tree/soft && chown 1000:1001 /tree/kept && chmod 4750 /tree/kept
FROM base AS other
RUN mkdir -p /made/deep && echo made >/made/deep/file && mkfifo /made/pipe
FROM base
COPY --from=other /made /made
COPY tree/opaque /tree/opaque
RUN rm -r /made/deep && touch /last
WORKDIR /work
CMD ["cat", "/tree/opaque/new", "/tree/opaque/old"]
`;
/** Each path with its type and mode, owner, size, links and target; no directory's size, which is the file system's own. */
const listing =
  "find /bin/busybox /tree /made* /last /work -xdev -type d -exec stat -c '%n %A %u:%g' {} + -o -exec stat -c '%N %A %u:%g %s %h' {} + | sort";

describe("the same build and run over each storage driver", { skip }, () => {
  const drivers = ["overlay2", "vfs"] as const;
  const engines = drivers.map((driver) => new Drydockd({ settings: { "storage-driver": driver } }));
  const each = <T>(body: (engine: Drydockd) => Promise<T>): Promise<T[]> => Promise.all(engines.map(body));
  const good = (engine: Drydockd, ...args: string[]) => engine.docker(...args).then(engine.good);

  before(async () => {
    await each((engine) => engine.start());
    await each(async (engine) => {
      const context = join(engine.directory, "context");
      mkdirSync(join(context, "tree/opaque/deep"), { recursive: true });
      mkdirSync(join(context, "tree/becomes-file"));
      mkdirSync(join(context, "etc"));
      copyFileSync("/bin/busybox", join(context, "busybox"));
      for (const name of [
        "gone",
        "kept",
        "opaque/old",
        "opaque/a",
        "opaque/deep/x",
        "opaque/z",
        "becomes-file/in-it",
        "becomes-directory",
      ]) {
        writeFileSync(join(context, "tree", name), `${name}\n`);
      }
      writeFileSync(join(context, "Dockerfile"), dockerfile);
      await good(engine, "build", "--build-arg", "SOURCE_DATE_EPOCH=1700000000", "-t", "whole", context);
    });
  });
  after(() => each((engine) => engine.dispose()));

  test("each says which it is", async () => {
    assert.deepEqual(await each((engine) => good(engine, "info", "-f", "{{.Driver}}")), [...drivers]);
    assert.deepEqual(await each((engine) => good(engine, "inspect", "-f", "{{.GraphDriver.Name}}", "whole")), [
      ...drivers,
    ]);
  });

  test("layers have the same diffIDs", async () => {
    const [one, other] = await each((engine) => good(engine, "inspect", "-f", "{{json .RootFS.Layers}}", "whole"));
    assert.equal((JSON.parse(one ?? "") as string[]).length, 11);
    assert.equal(one, other);
  });

  test("containers see the same files", async () => {
    const [one, other] = await each((engine) => good(engine, "run", "--rm", "whole", "sh", "-c", listing));
    assert.match(one ?? "", /\/tree\/becomes-file -rw/);
    assert.match(one ?? "", /\/tree\/becomes-directory drwx/);
    assert.doesNotMatch(one ?? "", /\/tree\/gone|\/made\/deep|in-it/);
    assert.equal(one, other);
    assert.deepEqual(await each((engine) => good(engine, "run", "--rm", "whole")), Array(2).fill("new\nopaque/old"));
  });

  test("what a container changes is told and committed the same", async () => {
    const script = "rm -r /made /tree/soft; mkdir /tree/more; echo x >/tree/more/x; echo y >>/last";
    const changes = await each(async (engine) => {
      await good(engine, "run", "--name", "changing", "whole", "sh", "-c", script);
      await good(engine, "commit", "changing", "changed");
      return (await good(engine, "diff", "changing")).split("\n").toSorted();
    });
    assert.deepEqual(changes[0], ["A /tree/more", "A /tree/more/x", "C /last", "C /tree", "D /made", "D /tree/soft"]);
    assert.deepEqual(changes[1], changes[0]);
    const [one, other] = await each((engine) => good(engine, "run", "--rm", "changed", "sh", "-c", listing));
    assert.equal(one, other);
  });

  test("a directory stays with the driver it began with", async () => {
    const engine = engines[1] as Drydockd;
    await engine.shutdown();
    const other = new Drydockd({ data: engine.dataDirectory, settings: { "storage-driver": "overlay2" } });
    try {
      await assert.rejects(() => other.start(), /was begun with the copy snapshotter/);
    } finally {
      await other.dispose();
    }
    await engine.start();
    assert.equal(await good(engine, "run", "--rm", "whole", "cat", "/tree/opaque/new"), "new");
  });
});
