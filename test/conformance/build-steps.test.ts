import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { BuildEvent, BuildVertex } from "../../server/contract/build-events.ts";
import type { BuildRecord, StepRecord, StepShell } from "../../server/contract/build-record.ts";
import type { BuildSummary } from "../../server/contract/extension-api.ts";
import type { FoundFiles, ImageLayers } from "../../server/contract/image-files.ts";
import { send } from "../integration/faults/http.ts";
import { Drydockd, whyNot } from "../suites/drydockd.ts";

const skip = whyNot() ?? false;
const engine = new Drydockd({ standIns: ["busybox"] });

before(async () => {
  if (skip !== false) return;
  await engine.start();
  assert.equal((await engine.docker("pull", "busybox")).status, 0);
});

after(async () => {
  if (skip === false) await engine.dispose();
});

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const { status, text } = await engine.call(method, `/drydock/v1${path}`, body);
  assert.ok(status < 300, `${method} ${path}: ${status} ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

async function write(path: string, content: string): Promise<void> {
  const file = `/drydock/v1/workspace/file?path=${encodeURIComponent(path)}`;
  const { status, text } = await send(engine.socket, file, { method: "PUT", body: content });
  assert.equal(status, 200, text);
}

/** Waits for its end. */
async function ended({ id }: BuildSummary): Promise<BuildSummary> {
  for (;;) {
    const build = await call<BuildSummary>("GET", `/builds/${id}`);
    if (build.status !== "running") return build;
    await delay(20);
  }
}

async function build(dockerfile: string, tag: string): Promise<{ summary: BuildSummary; record: BuildRecord }> {
  await write("Dockerfile", dockerfile);
  const start = { contextPath: "", tags: [tag], buildArgs: { WHO: "learner" } };
  const summary = await ended(await call<BuildSummary>("POST", "/builds", start));
  return { summary, record: await call<BuildRecord>("GET", `/builds/${summary.id}/record`) };
}

function stepOf(record: BuildRecord, instruction: string): StepRecord {
  const step = record.steps.find((candidate) => candidate.instruction.startsWith(instruction));
  assert.ok(step !== undefined, `${instruction} is none of ${record.steps.map((each) => each.instruction).join(", ")}`);
  return step;
}

/** The steps after which something was changed by hand that the build went on from. */
async function byHandIn({ id }: BuildSummary): Promise<[string, BuildVertex["byHand"]][]> {
  const { text } = await engine.call("GET", `/drydock/v1/builds/${id}/events?from=0`);
  const events = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as BuildEvent);
  return events.flatMap((event): [string, BuildVertex["byHand"]][] =>
    event.type === "vertex" && event.vertex.byHand !== undefined
      ? [[event.vertex.instruction, event.vertex.byHand]]
      : [],
  );
}

/** Runs a command in a shell's container and returns what it wrote. */
async function inside(shell: StepShell, command: string): Promise<string> {
  const { status, stdout, stderr } = await engine.docker("exec", shell.container, "sh", "-c", command);
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

async function gone(container: string): Promise<void> {
  while ((await engine.docker("inspect", container)).status === 0) {
    await delay(20);
  }
}

test("a record says what ran and exactly why, and stays with the image", { skip }, async () => {
  await write("a.txt", "one\n");
  await write("b.txt", "same\n");
  const dockerfile = [
    "FROM busybox",
    "ARG WHO",
    "RUN echo $WHO > /who && rm /bin/yes",
    "COPY a.txt b.txt /x/",
    "RUN cat /x/* > /all",
    "CMD sh",
  ].join("\n");
  const first = await build(dockerfile, "why");
  assert.equal(first.summary.status, "completed", first.summary.error);
  assert.deepEqual(
    first.record.steps.map(({ outcome }) => outcome),
    ["cached", "configuration", "ran", "ran", "ran", "configuration"],
  );
  const run = stepOf(first.record, "RUN echo");
  assert.deepEqual(run.files, { added: 1, changed: 0, deleted: 1 }, "the directories of both are no files");
  const { layers } = await call<ImageLayers>("GET", "/images/layers?name=why");
  for (const { added, changed, deleted, step } of layers.filter((layer) => layer.step !== undefined)) {
    const { files } = first.record.steps.find(({ id }) => id === step) ?? {};
    assert.deepEqual({ added, changed, deleted }, files, "a layer and its step say the same");
  }
  assert.ok((run.timing?.running ?? 0) > 0 && (run.bytesWritten ?? 0) > 0);
  assert.ok((run.resources?.cpu ?? 0) > 0, "it took some processor time");
  assert.ok((run.resources?.memory ?? 0) > 65_536, `and memory: ${run.resources?.memory}`);
  assert.equal(stepOf(first.record, "COPY").resources, undefined);
  assert.equal(stepOf(first.record, "COPY").bytesRead, "one\nsame\n".length);

  await write("a.txt", "two\n");
  const second = await build(dockerfile, "why");
  const copy = stepOf(second.record, "COPY");
  assert.equal(copy.reason?.kind, "files-changed");
  assert.deepEqual(
    copy.evidence?.files?.map(({ path }) => path),
    ["a.txt"],
  );
  assert.notEqual(copy.evidence?.files?.[0]?.before, copy.evidence?.files?.[0]?.after);
  assert.equal(stepOf(second.record, "RUN echo").outcome, "cached");
  const last = stepOf(second.record, "RUN cat");
  assert.deepEqual([last.reason?.kind, last.evidence?.parents], ["parent-changed", [copy.id]]);
  const ofImage = await call<BuildRecord>("GET", "/build-records/image?name=why");
  assert.equal(ofImage.id, second.summary.id);

  await engine.restart();
  assert.deepEqual(await call("GET", `/builds/${second.summary.id}/record`), second.record);
});

test("a build that runs can be read, and entered where it is", { skip }, async () => {
  await write("Dockerfile", "FROM busybox\nRUN echo made > /made\nRUN sleep 1000\nRUN echo never\n");
  const { id } = await call<BuildSummary>("POST", "/builds", { contextPath: "", tags: ["runs"] });
  const read = () => call<BuildRecord>("GET", `/builds/${id}/record`);
  const outcomes = ({ steps }: BuildRecord) => steps.map(({ outcome }) => outcome).join(" ");
  let record = await read();
  for (; outcomes(record) !== "cached ran running not-reached"; record = await read()) await delay(20);
  assert.deepEqual([record.id, record.tags, record.finishedAt], [id, ["runs"], undefined]);
  const sleep = stepOf(record, "RUN sleep");
  assert.deepEqual([sleep.shells, stepOf(record, "RUN echo never").shells], [["before"], []]);
  const shell = await call<StepShell>("POST", `/builds/${id}/steps/${sleep.id}/shell`, { at: "before" });
  assert.equal(await inside(shell, "cat /made"), "made");
  await engine.docker("kill", shell.container);
  await gone(shell.container);
  const { status } = await engine.call("POST", `/drydock/v1/builds/${id}/cancel`);
  assert.ok(status < 300);
  const after = await read();
  assert.equal(outcomes(after), "cached ran cancelled not-reached");
  assert.ok((after.finishedAt ?? 0) >= after.startedAt);
});

test("any step is entered as it was, changed, and the build goes on from there", { skip }, async () => {
  const dockerfile = [
    "FROM busybox",
    "ARG WHO",
    "WORKDIR /work",
    "RUN echo before > file",
    "USER 1000:1000",
    "RUN echo left > /tmp/left; id -u; test -e /tmp/fixed",
    "RUN cat /tmp/fixed > /tmp/result",
  ].join("\n");
  const { summary, record } = await build(dockerfile, "entered");
  assert.equal(summary.status, "failed");
  const failed = stepOf(record, "RUN echo left");
  assert.deepEqual([failed.outcome, failed.shells], ["failed", ["before", "after"]]);
  assert.ok((failed.resources?.memory ?? 0) > 0, "also of one that failed");
  assert.deepEqual(failed.files, { added: 1, changed: 0, deleted: 0 }, "tmp/left, no mount points");
  assert.deepEqual([stepOf(record, "RUN cat").outcome, stepOf(record, "RUN cat").shells], ["not-reached", []]);
  const open = (step: StepRecord, at: "before" | "after") =>
    call<StepShell>("POST", `/builds/${summary.id}/steps/${step.id}/shell`, { at });

  const after = await open(failed, "after");
  assert.equal(
    await inside(after, "cat /tmp/left; id -u; pwd; cat file; echo $WHO"),
    "left\n1000\n/work\nbefore\nlearner",
  );
  const earlier = await open(stepOf(record, "RUN echo before"), "before");
  assert.equal(await inside(earlier, "ls; id -u"), "0");
  // left: gone, with its image
  await engine.docker("kill", earlier.container);
  await gone(earlier.container);

  await inside(after, "echo by hand > /tmp/fixed");
  const resumed = await ended(
    await call<BuildSummary>("POST", `/builds/${summary.id}/steps/${failed.id}/resume`, { container: after.container }),
  );
  assert.equal(resumed.status, "completed", resumed.error);
  await gone(after.container);
  assert.equal(resumed.byHand, true);
  const record2 = await call<BuildRecord>("GET", `/builds/${resumed.id}/record`);
  assert.deepEqual(
    record2.steps.map(({ outcome }) => outcome),
    ["cached", "configuration", "cached", "cached", "configuration", "ran", "ran"],
    "what came before is as it was",
  );
  assert.deepEqual(await byHandIn(resumed), [
    ["USER 1000:1000", { leftBy: failed.instruction, again: failed.instruction }],
  ]);
  const image = await call<ImageLayers>("GET", "/images/layers?name=entered");
  assert.deepEqual(
    image.layers
      .filter(({ step }) => step !== undefined)
      .map((layer) => [layer.instruction, layer.byHand, layer.added]),
    [
      ["WORKDIR /work", undefined, 0],
      ["RUN echo before > file", undefined, 1],
      ["USER 1000:1000", { leftBy: failed.instruction }, 1],
      ["USER 1000:1000", {}, 1],
      [failed.instruction, undefined, 0],
      ["RUN cat /tmp/fixed > /tmp/result", undefined, 1],
    ],
    "all layers are in the image, and those that no instruction made are told",
  );
  const history = await engine.docker("history", "--no-trunc", "entered");
  assert.match(history.stdout, /# changed by hand in a shell after USER 1000:1000/);
  const { stdout } = await engine.docker("run", "--rm", "entered", "cat", "/tmp/result");
  assert.equal(stdout, "by hand\n");
  const shells = await engine.docker("images", "--quiet", "--filter", "label=drydock.step");
  assert.equal(shells.stdout, "");
  // what was done by hand is in no cache
  const again = await build(dockerfile, "entered");
  assert.equal(again.summary.status, "failed");
  assert.equal(again.summary.byHand, undefined);

  // a shell in what a shell has made: both are told
  const last = stepOf(record2, "RUN cat");
  const second = await call<StepShell>("POST", `/builds/${resumed.id}/steps/${last.id}/shell`, { at: "after" });
  await inside(second, "echo more > /tmp/more");
  const further = await ended(
    await call<BuildSummary>("POST", `/builds/${resumed.id}/steps/${last.id}/resume`, { container: second.container }),
  );
  assert.equal(further.status, "completed", further.error);
  assert.deepEqual(await byHandIn(further), [
    ["USER 1000:1000", { leftBy: failed.instruction, again: failed.instruction }],
    ["RUN cat /tmp/fixed > /tmp/result", {}],
  ]);
  const files = await call<FoundFiles>("GET", "/images/find?name=entered&text=/tmp/");
  assert.deepEqual(
    files.entries.map(({ path }) => path),
    ["/tmp/fixed", "/tmp/left", "/tmp/more", "/tmp/result"],
  );
});

test(
  "what was changed by hand in one stage leaves the cache of the others, and is in what copies from it",
  { skip },
  async () => {
    const dockerfile = [
      "FROM busybox AS other",
      "RUN echo other > /other",
      "FROM busybox AS tool",
      "RUN mkdir /tool",
      "FROM busybox",
      "COPY --from=other /other /",
      "COPY --from=tool /tool /tool",
    ].join("\n");
    const { summary, record } = await build(dockerfile, "staged");
    const tool = stepOf(record, "RUN mkdir");
    const shell = await call<StepShell>("POST", `/builds/${summary.id}/steps/${tool.id}/shell`, { at: "after" });
    await inside(shell, "echo by hand > /tool/made");
    const resumed = await ended(
      await call<BuildSummary>("POST", `/builds/${summary.id}/steps/${tool.id}/resume`, { container: shell.container }),
    );
    assert.equal(resumed.status, "completed", resumed.error);
    const { steps } = await call<BuildRecord>("GET", `/builds/${resumed.id}/record`);
    assert.deepEqual(
      steps.map(({ outcome }) => outcome),
      ["cached", "cached", "cached", "cached", "cached", "cached", "ran"],
    );
    assert.deepEqual(await byHandIn(resumed), [["RUN mkdir /tool", {}]]);
    const { stdout } = await engine.docker("run", "--rm", "staged", "cat", "/tool/made");
    assert.equal(stdout, "by hand\n");
  },
);

test(
  "where there is no shell that is said, and a here-document's step fails by its name in the history",
  { skip },
  async () => {
    const bare = await build("FROM busybox AS a\nFROM scratch\nCOPY --from=a /bin/sh /other\n", "bare");
    const { id } = stepOf(bare.record, "COPY");
    const { status, text } = await engine.call("POST", `/drydock/v1/builds/${bare.summary.id}/steps/${id}/shell`, {});
    assert.equal(status, 400);
    assert.match(text, /there is no \/bin\/sh after \\"COPY --from=a/);
    const { stdout } = await engine.docker("ps", "--all", "--quiet", "--filter", `label=drydock.step=${id}`);
    assert.equal(stdout, "");
    const script = await build("FROM busybox\nRUN <<EOF\n#!/bin/sh\nfalse\nEOF\n", "script");
    assert.equal(script.summary.error, "The command '/bin/sh -c /dev/pipes/EOF' returned a non-zero code: 1");
  },
);

test("a step's shell has the variables and mounts that the step had, but for its secrets", { skip }, async () => {
  await write("given.txt", "from the context\n");
  const mounts = [
    "--mount=type=cache,target=/cache,id=shells",
    "--mount=type=cache,target=/part,id=parts,source=deep/in",
    "--mount=type=tmpfs,target=/scratch,size=1m",
    "--mount=type=tmpfs,target=/closed,ro",
    "--mount=type=bind,from=other,source=/out,target=/mine,rw",
    "--mount=type=bind,target=given,source=given.txt",
    "--mount=type=bind,from=other,source=/out,target=/other",
    "--mount=type=secret,id=token",
  ];
  const dockerfile = [
    "FROM busybox AS other",
    "RUN --mount=type=cache,target=/cache,id=parts mkdir -p /cache/deep/in; echo part > /cache/deep/in/file",
    "RUN mkdir /out && echo staged > /out/file",
    "FROM busybox",
    "ENV FIRST=1 SECOND=image",
    "WORKDIR /work",
    "ARG SECOND=argument",
    "ARG THIRD=3",
    `RUN ${mounts.join(" ")} echo cached > /cache/file; test -e /no/such/file`,
  ].join("\n");
  const { summary, record } = await build(dockerfile, "mounted");
  assert.equal(summary.status, "failed");
  const { id } = stepOf(record, "RUN --mount=type=cache,target=/cache,id=shells");
  const shell = await call<StepShell>("POST", `/builds/${summary.id}/steps/${id}/shell`, { at: "before" });
  assert.equal(
    await inside(shell, "cat /cache/file given /other/file; grep -c ' /scratch tmpfs .*size=1024k' /proc/mounts"),
    "cached\nfrom the context\nstaged\n1",
  );
  assert.equal(await inside(shell, "echo $FIRST $SECOND $THIRD"), "1 argument 3");
  assert.equal(await inside(shell, "echo by hand >> /cache/file; ls /run/secrets 2>/dev/null | wc -l"), "0");
  const refused = await engine.docker("exec", shell.container, "sh", "-c", "echo x > /other/file");
  assert.match(refused.stderr, /Read-only/);
  const closed = await engine.docker("exec", shell.container, "touch", "/closed/file");
  assert.match(closed.stderr, /Read-only/);
  assert.equal(
    await inside(shell, "echo mine >> /mine/file; cat /mine/file /other/file /part/file"),
    "staged\nmine\nstaged\npart",
  );
  assert.equal((await engine.docker("restart", "-t", "0", shell.container)).status, 0);
  assert.equal(await inside(shell, "cat /mine/file"), "staged\nmine");
  await engine.docker("kill", shell.container);
  await gone(shell.container);
  const images = await engine.docker("images", "--all", "--quiet", "--filter", "label=drydock.step");
  assert.equal(images.stdout, "");
});
