import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { NewBuildEvent } from "#contract/build-events.ts";
import { openInputs, withoutSecrets } from "#engine/builds/build-inputs.ts";
import { SecretMask } from "#engine/builder/ops/secret-mask.ts";
import { Machine, whyNot } from "./machine.ts";

const skip = whyNot() ?? false;
const secret = "tok-93b1e7c4a0";

function outputOf(events: NewBuildEvent[]): string {
  return events.map((event) => (event.type === "log" ? event.text : "")).join("");
}

function given(values: Record<string, string>, agents: Record<string, string> = {}) {
  const bytes = Object.entries(values).map(([id, value]): [string, Uint8Array] => [id, Buffer.from(value)]);
  return { secrets: { values: new Map(bytes), agents: new Map(Object.entries(agents)) } };
}

/** A program and the libraries that it is linked with. */
function withLibraries(program: string): string[] {
  const list = execFileSync("ldd", [program], { encoding: "utf8" });
  return [program, ...(list.match(/\/\S+/g) ?? [])];
}

describe("secrets of a build", { skip }, () => {
  const machine = new Machine();
  before(async () => {
    await machine.start();
    await machine.addBusybox();
  });
  after(() => machine.dispose());

  /** Whether any file of the machine's storage, its metadata among them, has the secret. */
  function isKept(): boolean {
    try {
      execFileSync("grep", ["-rqaF", secret, path.join(machine.directory, "data")]);
      return true;
    } catch {
      return false;
    }
  }

  it("are files of the step alone: in no layer, key, record or output", async () => {
    const dockerfile = [
      "FROM busybox",
      "USER app",
      "RUN --mount=type=secret,id=token,uid=1000,mode=0440 stat -c '%a %u %g' /run/secrets/token; " +
        "wc -c < /run/secrets/token > /tmp/size; cat /run/secrets/token; mount | grep -c ' /run/secrets/token'",
    ].join("\n");
    const { image, events } = await machine.build(dockerfile, {}, given({ token: secret }));
    assert.equal(outputOf(events), "440 1000 0\n***1\n");
    await machine.inspect(image, (root) => {
      assert.equal(readFileSync(path.join(root, "tmp/size"), "utf8"), `${secret.length}\n`);
      assert.equal(execFileSync("find", [root, "-path", "*secret*"], { encoding: "utf8" }), "");
    });
    assert.equal(isKept(), false);
    // another value is no reason to run again, and neither is none
    const other = await machine.build(dockerfile, {}, given({ token: "another" }));
    const none = await machine.build(dockerfile);
    assert.deepEqual([other.image.id, none.image.id], [image.id, image.id]);
  });

  it("go to a target, or to the environment", async () => {
    const dockerfile = [
      "FROM busybox",
      "WORKDIR /app",
      "RUN --mount=type=secret,id=token,target=key --mount=type=secret,id=token,env=TOKEN " +
        'test "$(cat /app/key)" = "$TOKEN" && test ! -e /run/secrets/token && test ! -e /run/secrets',
      'RUN --mount=type=secret,id=token,env=A,target=/b test -f /b -a -n "$A"',
      'RUN test -z "$TOKEN$A" -a ! -e /app/key -a ! -e /b',
    ].join("\n");
    const { image } = await machine.build(dockerfile, {}, given({ token: secret }));
    assert.deepEqual(image.config.config?.Env, ["PATH=/bin"]);
  });

  it("that are absent: nothing there, or an error that says which when required", async () => {
    await machine.build(
      "FROM busybox\nRUN --mount=type=secret,id=none --mount=type=ssh ls /run/secrets 2>&1 || true\n",
    );
    await assert.rejects(
      machine.build("FROM busybox\nRUN --mount=type=secret,id=npm,required true\n"),
      (error: Error & { range?: { startLine: number }; hint?: string }) =>
        error.message === "secret npm: not found" && error.range?.startLine === 2 && /POST/.test(error.hint ?? ""),
    );
    await assert.rejects(
      machine.build("FROM busybox\nRUN --mount=type=ssh,required true\n"),
      /unset ssh forward key default/,
    );
  });

  it("reach an SSH agent through a socket of the step", async () => {
    const socket = path.join(machine.directory, "a");
    const agent = createServer((client) => client.on("data", (data) => client.end(`heard ${data.toString()}`)));
    agent.listen(socket);
    try {
      const talk =
        'socket(S, 1, 1, 0); connect(S, pack("Sa108", 1, $ENV{SSH_AUTH_SOCK})) or die $!; syswrite S, "ping"; sysread S, $_, 99; print';
      const dockerfile = [
        "FROM busybox",
        "COPY root /",
        "COPY talk.pl /",
        "RUN --mount=type=ssh echo $SSH_AUTH_SOCK && /usr/bin/perl /talk.pl",
        'RUN test -z "$SSH_AUTH_SOCK" -a ! -e /run/buildkit',
      ].join("\n");
      const root = path.join(machine.directory, "perl");
      for (const file of withLibraries("/usr/bin/perl")) {
        mkdirSync(path.join(root, "root", path.dirname(file)), { recursive: true });
        copyFileSync(file, path.join(root, "root", file));
      }
      writeFileSync(path.join(root, "Dockerfile"), dockerfile);
      writeFileSync(path.join(root, "talk.pl"), talk);
      const { events } = await machine.buildIn(root, given({}, { default: socket }));
      assert.match(outputOf(events), /^\/run\/buildkit\/ssh_agent\.0\nheard ping$/);
    } finally {
      agent.close();
    }
  });

  it("come from values and files of the workspace; values are not kept with the request", () => {
    const workspace = path.join(machine.directory, `workspace-${randomUUID()}`);
    mkdirSync(path.join(workspace, "app"), { recursive: true });
    writeFileSync(path.join(workspace, ".npmrc"), secret);
    const build = { contextPath: "app", tags: [], secrets: { a: { value: "v" }, b: { file: ".npmrc" } } };
    const inputs = openInputs(build, { workspace, hostBase: 0 });
    assert.deepEqual(
      [...inputs.secrets.values].map(([id, value]) => [id, Buffer.from(value).toString()]),
      [
        ["a", "v"],
        ["b", secret],
      ],
    );
    assert.deepEqual(withoutSecrets(build).secrets, { b: { file: ".npmrc" } });
    const refused = { contextPath: "app", tags: [], ssh: { default: ".npmrc" } };
    assert.throws(() => openInputs(refused, { workspace, hostBase: 0 }), /\.npmrc is no socket/);
    void inputs.dispose();
  });
});

describe("cache mounts and named contexts", { skip }, () => {
  const machine = new Machine();
  before(async () => {
    await machine.start();
    await machine.addBusybox();
  });
  after(() => machine.dispose());

  it("a cache mount begins with what from= holds, and keeps what is written", async () => {
    const step = (command: string): string =>
      [
        "FROM busybox AS seed",
        "RUN mkdir -p /seed/sub && echo one > /seed/sub/f && chown 1000 /seed/sub/f",
        "FROM busybox",
        `RUN --mount=type=cache,id=m,target=/c,from=seed,source=/seed ${command}`,
      ].join("\n");
    const first = await machine.build(step("stat -c %u /c/sub/f; cat /c/sub/f; echo two > /c/g"));
    assert.equal(outputOf(first.events), "1000\none\n");
    const second = await machine.build(step("cat /c/sub/f /c/g"));
    assert.equal(outputOf(second.events), "one\ntwo\n");
  });

  it("a named context stands in for a stage, an image, and where --from looks", async () => {
    const root = path.join(machine.directory, "named");
    mkdirSync(path.join(root, "bin"), { recursive: true });
    writeFileSync(path.join(root, "hello"), "hello");
    writeFileSync(path.join(root, "left"), "");
    writeFileSync(path.join(root, ".dockerignore"), "left\n");
    const source = { root, hostBase: 0, dispose: async () => {} };
    const contexts = new Map<string, { source: typeof source } | { image: string }>([
      ["files", { source }],
      ["golang:1.22", { image: "busybox" }],
      ["deps", { source }],
    ]);
    const dockerfile = [
      "FROM nothing-of-that-name AS deps",
      "RUN false",
      "FROM golang:1.22",
      "COPY --from=files hello /a",
      "COPY --from=deps /hello /b",
      "RUN --mount=type=bind,from=files,target=/m cat /a /b /m/hello && test ! -e /m/left",
      "FROM files",
      "COPY --from=1 /a /c",
    ].join("\n");
    const { image, events } = await machine.build(dockerfile, {}, { contexts });
    assert.equal(outputOf(events), "hellohellohello".slice(0, 15));
    await machine.inspect(image, (at) => {
      assert.equal(readFileSync(path.join(at, "hello"), "utf8"), "hello");
      assert.equal(readFileSync(path.join(at, "c"), "utf8"), "hello");
    });
  });

  it("a named context may be nothing at all", async () => {
    const contexts = new Map([["golang:1.22", { image: "scratch" }]]);
    const { image } = await machine.build("FROM golang:1.22\nCOPY --from=golang:1.22 . /nothing/\n", {}, { contexts });
    assert.deepEqual(
      image.config.history?.map(({ created_by }) => created_by),
      ["COPY . /nothing/ # buildkit"],
    );
    await machine.inspect(image, (at) => assert.deepEqual(readdirSync(at, { recursive: true }), ["nothing"]));
  });

  it("--no-cache-filter runs one stage's steps again", async () => {
    const dockerfile = [
      "FROM busybox AS a",
      "RUN echo a > /a",
      "FROM busybox AS b",
      "RUN echo b > /b",
      "FROM busybox",
      "COPY --from=a /a /",
      "COPY --from=b /b /",
    ].join("\n");
    await machine.build(dockerfile);
    const { events } = await machine.build(dockerfile, {}, { noCacheStages: ["B"] });
    const names = new Map(
      events.flatMap((event) => (event.type === "vertex" ? [[event.vertex.id, event.vertex]] : [])),
    );
    const ran = events.flatMap((event) =>
      event.type === "vertex-completed" && event.reason.kind === "no-cache" ? [names.get(event.id)?.instruction] : [],
    );
    assert.deepEqual(ran, ["RUN echo b > /b"]);
  });
});

describe("the mask over secrets in output", () => {
  const told = (secrets: string[], ...pieces: string[]): string => {
    const mask = new SecretMask(secrets.map((text) => Buffer.from(text)));
    return [...pieces.map((piece) => mask.push(Buffer.from(piece))), mask.end()].map(String).join("");
  };

  it("finds one however it is cut, line by line, and lets all else through", () => {
    assert.equal(told(["s3cret"], "a s3", "cre", "t b s3cre"), "a *** b s3cre");
    assert.equal(told(["first line\nsecond line\n"], "second line\r\nfirst l", "ine"), "***\r\n***");
    assert.equal(told(["abab"], "aba", "aba", "b"), "aba***".slice(0, 3) + "***");
    assert.equal(told(["abc"], "abc"), "abc"); // too short
    assert.equal(told([], "ü", "x"), "üx");
  });
});
