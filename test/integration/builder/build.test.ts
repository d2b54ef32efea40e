import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { NewBuildEvent } from "#contract/build-events.ts";
import { BuildError } from "#engine/builder/build-error.ts";
import { Machine, whyNot } from "./machine.ts";

const skip = whyNot();

function outputOf(events: NewBuildEvent[]): string {
  return events.map((event) => (event.type === "log" ? event.text : "")).join("");
}

/** `cached` or the reason's kind of each step, by instruction. */
function reasons(events: NewBuildEvent[]): Record<string, string> {
  const names = new Map(events.flatMap((event) => (event.type === "vertex" ? [[event.vertex.id, event.vertex]] : [])));
  const result: Record<string, string> = {};
  for (const event of events) {
    if (event.type === "vertex-completed") {
      result[names.get(event.id)?.instruction ?? event.id] = event.reason.kind;
    }
  }
  return result;
}

describe("the builder", { skip: skip ?? false }, () => {
  const machine = new Machine();
  before(async () => {
    await machine.start();
    await machine.addBusybox();
  });
  after(() => machine.dispose());

  it("takes a file dockerfile where there is no Dockerfile, unless another one is named", async () => {
    const root = machine.context({ dockerfile: "FROM scratch\nCOPY dockerfile /found\n" });
    const { image } = await machine.buildIn(root);
    assert.deepEqual(await machine.inspect(image, (root) => readdirSync(root)), ["found"]);
    await assert.rejects(
      machine.buildIn(root, { dockerfile: { path: "DOCKERFILE" } }),
      /failed to read dockerfile: DOCKERFILE: no such file in the build context/,
    );
  });

  it("tells at its line which WORKDIR makes one layer too many, and takes those that make none", async () => {
    const lines = (count: number, line: (index: number) => string): string =>
      Array.from({ length: count }, (_, index) => `${line(index)}\n`).join("");
    const copies = lines(120, (index) => `COPY a /a${index}`);
    const { image } = await machine.build(`FROM scratch\n${copies}${lines(30, () => "WORKDIR /w")}`, { a: "" });
    assert.equal(image.layers.length, 121);
    await assert.rejects(
      machine.build(`FROM scratch\n${copies}${lines(10, (index) => `WORKDIR /w${index}`)}`, { a: "" }),
      (error: unknown) =>
        error instanceof BuildError &&
        error.message.endsWith("this would be layer 126") &&
        error.range?.startLine === 127,
    );
  });

  it("runs, copies, sets metadata, and makes layers of it", async () => {
    const dockerfile = [
      "FROM busybox",
      "ENV NAME=world",
      "WORKDIR /app",
      "COPY hello.txt sub ./",
      'RUN echo "hello $NAME" > greeting && id -u && cat /etc/hosts /etc/resolv.conf >/dev/null',
      "EXPOSE 80",
      'CMD ["cat", "greeting"]',
    ].join("\n");
    const { image, events } = await machine.build(dockerfile, { "hello.txt": "hi", "sub/a": "A", "sub/b/c": "C" });
    assert.deepEqual(image.config.config?.Cmd, ["cat", "greeting"]);
    assert.deepEqual(image.config.config?.Env, ["PATH=/bin", "NAME=world"]);
    assert.equal(image.config.config?.WorkingDir, "/app");
    assert.equal(image.layers.length, 4);
    assert.equal(outputOf(events), "0\n");
    assert.deepEqual(
      image.config.history?.map((entry) => [entry.created_by, entry.empty_layer ?? false]),
      [
        ["test", false],
        ["ENV NAME=world", true],
        ["WORKDIR /app", false],
        ["COPY hello.txt sub ./ # buildkit", false],
        [
          `RUN /bin/sh -c echo "hello $NAME" > greeting && id -u && cat /etc/hosts /etc/resolv.conf >/dev/null # buildkit`,
          false,
        ],
        ["EXPOSE map[80/tcp:{}]", true],
        [`CMD ["cat" "greeting"]`, true],
      ],
    );
    await machine.inspect(image, (root) => {
      assert.equal(readFileSync(path.join(root, "app/greeting"), "utf8"), "hello world\n");
      assert.equal(readFileSync(path.join(root, "app/b/c"), "utf8"), "C");
      assert.equal(lstatSync(path.join(root, "app/greeting")).uid, 0);
      // mount points that the runtime needed are in no layer
      for (const name of ["proc", "sys", "dev", "etc/resolv.conf", "etc/hosts", "etc/hostname"]) {
        assert.equal(existsSync(path.join(root, name)), false, name);
      }
    });
  });

  it("finds everything in the cache the second time, and makes the same image", async () => {
    const dockerfile = "FROM busybox\nCOPY a /a\nRUN cat /a\nLABEL x=y\n";
    const first = await machine.build(dockerfile, { a: "one" });
    const second = await machine.build(dockerfile, { a: "one" });
    assert.equal(second.image.id, first.image.id);
    assert.equal(outputOf(second.events), "");
    assert.deepEqual(reasons(second.events), {
      "FROM busybox": "hit",
      "COPY a /a": "hit",
      "RUN cat /a": "hit",
      "LABEL x=y": "not-cacheable",
    });
    const third = await machine.build(dockerfile, { a: "two" });
    assert.equal(outputOf(third.events), "two");
    assert.deepEqual(reasons(third.events), {
      "FROM busybox": "hit",
      "COPY a /a": "files-changed",
      "RUN cat /a": "parent-changed",
      "LABEL x=y": "not-cacheable",
    });
  });

  it("builds only the stages that the target needs, from scratch too", async () => {
    const dockerfile = [
      "FROM busybox AS build",
      "RUN echo made > /made",
      "FROM does-not-exist AS unused",
      "RUN never",
      "FROM scratch",
      "COPY --from=build /made /result",
    ].join("\n");
    const { image } = await machine.build(dockerfile);
    assert.equal(image.layers.length, 1);
    await machine.inspect(image, (root) => {
      assert.equal(readFileSync(path.join(root, "result"), "utf8"), "made\n");
    });
  });

  it("says which RUN failed, with its code, its place and its last output", async () => {
    const dockerfile = "FROM busybox\nRUN true\nRUN echo before; \\\n    exit 3\n";
    await assert.rejects(machine.build(dockerfile), (error) => {
      assert.ok(error instanceof BuildError);
      assert.equal(error.message, "The command '/bin/sh -c echo before;     exit 3' returned a non-zero code: 3");
      assert.equal(error.exitCode, 3);
      assert.deepEqual(error.range, { startLine: 3, startColumn: 1, endLine: 4, endColumn: 11 });
      assert.match(error.hint ?? "", /before/);
      assert.match(error.excerpt, /3 \| >>> RUN echo before/);
      return true;
    });
  });

  it("explains a RUN without a shell", async () => {
    await assert.rejects(machine.build("FROM scratch\nRUN echo x\n"), (error) => {
      assert.ok(error instanceof BuildError);
      assert.equal(error.message, "/bin/sh: no such file or directory in the image");
      assert.match(error.hint ?? "", /needs a shell/);
      assert.equal(error.range?.startLine, 2);
      return true;
    });
  });

  it("runs as USER, in WORKDIR, with ARG, and keeps owners of --chown", async () => {
    const dockerfile = [
      "FROM busybox",
      "ARG WHO=nobody",
      "USER app",
      "WORKDIR /home/app/x",
      "COPY --chown=app:app --chmod=750 f .",
      'RUN echo "$WHO $(id -un) $HOME $(pwd)"; stat -c "%u:%g %a" f .',
    ].join("\n");
    const { image, events } = await machine.build(dockerfile, { f: "f" }, { buildArgs: { WHO: "learner" } });
    assert.equal(outputOf(events), "learner app /home/app /home/app/x\n1000:1000 750\n1000:1000 755\n");
    assert.equal(
      image.config.history?.at(-1)?.created_by,
      `RUN |1 WHO=learner /bin/sh -c echo "$WHO $(id -un) $HOME $(pwd)"; stat -c "%u:%g %a" f . # buildkit`,
    );
  });

  it("runs here-documents and mounts, none of which stays in the layer", async () => {
    const dockerfile = [
      "FROM busybox",
      "RUN <<EOF",
      "echo one",
      "echo two",
      "EOF",
      "RUN --mount=type=cache,target=/cache --mount=type=tmpfs,target=/t --mount=type=bind,source=f,target=/f \\",
      "  cat /f && echo kept >> /cache/x && touch /t/y && wc -l < /cache/x",
      "COPY <<EOF /doc",
      "hello $PATH",
      "EOF",
    ].join("\n");
    const { image, events } = await machine.build(dockerfile, { f: "bound\n" });
    assert.equal(outputOf(events), "one\ntwo\nbound\n1\n");
    const again = await machine.build(dockerfile, { f: "bound\n" }, { noCache: true });
    assert.equal(outputOf(again.events), "one\ntwo\nbound\n2\n");
    await machine.inspect(image, (root) => {
      assert.equal(readFileSync(path.join(root, "doc"), "utf8"), "hello /bin\n");
      for (const name of ["cache", "t", "f"]) {
        assert.equal(existsSync(path.join(root, name)), false, name);
      }
    });
  });

  it("names the machine of its steps, and keeps its cache mounts apart, as the build says", async () => {
    const dockerfile = "FROM busybox\nRUN hostname; grep -c foo /etc/hosts; true\n";
    const named = { buildArgs: { BUILDKIT_SANDBOX_HOSTNAME: "foo" } };
    const plain = outputOf((await machine.build(dockerfile)).events);
    assert.equal(outputOf((await machine.build(dockerfile, {}, named)).events), "foo\n1\n");
    assert.notEqual(plain, "foo\n1\n");
    const wrong = machine.build(dockerfile, {}, { buildArgs: { BUILDKIT_SANDBOX_HOSTNAME: "a\nb" } });
    await assert.rejects(wrong, /BUILDKIT_SANDBOX_HOSTNAME: "a\nb" is no host name/);
    const counted = "FROM busybox\nRUN --mount=type=cache,id=apart,target=/c echo x >> /c/f && wc -l < /c/f\n";
    const count = async (BUILDKIT_CACHE_MOUNT_NS?: string) =>
      outputOf((await machine.build(counted, {}, { buildArgs: { BUILDKIT_CACHE_MOUNT_NS }, noCache: true })).events);
    assert.deepEqual([await count(), await count("a"), await count("a"), await count()], ["1\n", "1\n", "2\n", "2\n"]);
  });

  it("refuses by the policy's rules what a RUN asks for of the machine", async () => {
    for (const [flag, rule] of [
      ["--security=insecure", "privileged"],
      ["--network=host", "hostNamespaces"],
    ] as const) {
      const build = machine.build(`FROM busybox\nRUN ${flag} echo ran\n`, {}, { insecure: true });
      await assert.rejects(build, new RegExp(`not allowed here \\(rule "${rule}" of the class policy\\)`));
    }
  });

  it("ends a RUN when the build is cancelled", async () => {
    const controller = new AbortController();
    const events: NewBuildEvent[] = [];
    const build = machine.build(
      "FROM busybox\nRUN echo started; sleep 600\n",
      {},
      {
        signal: controller.signal,
        onEvent: (event) => {
          events.push(event);
          if (event.type === "log") {
            controller.abort();
          }
        },
      },
    );
    await assert.rejects(build, { name: "Cancelled" });
    assert.equal(events.at(-1)?.type, "cancelled");
  });

  it("passes endless output on up to a limit, and counts the rest", async () => {
    const { events } = await machine.build("FROM busybox\nRUN yes | head -c 5000000\n");
    const logs = events.flatMap((event) => (event.type === "log" ? [event] : []));
    assert.equal(outputOf(events).length, 2 * 1024 * 1024);
    assert.equal(
      logs.reduce((sum, log) => sum + (log.truncated ?? 0), 0),
      5_000_000 - 2 * 1024 * 1024,
    );
  });
});
