import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test, type TestContext } from "node:test";
import type { BuildEvent, NewBuildEvent } from "#contract/build-events.ts";
import { contextVersion } from "#contract/context-version.ts";
import type { BuildSummary, FileEntry } from "#contract/extension-api.ts";
import type { Builder, BuildRequest } from "#engine/builder/builder.ts";
import { BuildLogs } from "#engine/builds/build-log.ts";
import { BuildTable } from "#engine/builds/build-table.ts";
import { LocalBuilds } from "#engine/builds/local.ts";
import { LocalBuildSlots } from "#engine/builds/slots.ts";
import { Cancelled, FailedPrecondition, InvalidArgument, NotFound, ResourceExhausted } from "#engine/errdefs/errors.ts";
import { Database } from "#engine/metadata/database.ts";
import { digestOf } from "#engine/oci/digest.ts";
import type { Tenant, TenantId } from "#engine/tenants/tenant.ts";
import { descriptors } from "../../suites/descriptors.ts";

const imageId = digestOf("image");

/** A builder that stops where the test says. */
class ScriptedBuilder implements Pick<Builder, "build"> {
  request: BuildRequest | undefined;
  /** what it says after its beginning */
  tells: readonly NewBuildEvent[] = [];
  readonly #gate = Promise.withResolvers<void>();

  async build(request: BuildRequest) {
    this.request = request;
    const { onEvent, signal } = request;
    onEvent({ type: "started", buildId: request.id, dockerfile: "FROM scratch" });
    this.tells.forEach(onEvent);
    await Promise.race([
      this.#gate.promise,
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Cancelled("stopped")));
      }),
    ]).catch((error: unknown) => {
      onEvent({ type: "cancelled", durationMs: 1 });
      throw error;
    });
    onEvent({ type: "completed", imageId, tags: request.tags, durationMs: 1 });
    return { imageId };
  }

  finish(): void {
    this.#gate.resolve();
  }
}

function fixture(t: TestContext, limit = 2) {
  const directory = mkdtempSync(join(tmpdir(), "drydock-builds-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const workspace = join(directory, "workspace");
  mkdirSync(join(workspace, "app"), { recursive: true });
  writeFileSync(join(workspace, "app/Dockerfile"), "FROM scratch\n");
  const database = new Database(":memory:");
  t.after(() => database.close());
  const builder = new ScriptedBuilder();
  const open = (id = "owner") =>
    new LocalBuilds({
      tenant: { id: id as TenantId, idMap: { hostBase: 5, size: 1 } } as Tenant,
      workspace,
      files: () => [entry("app", "directory", "1"), entry("app/Dockerfile", "file", "2"), entry("other", "file", "3")],
      builder,
      outlets: {
        open: async (image, type) => Readable.from([Buffer.from(`${type} of ${image}`)]),
        tag: () => undefined,
        push: async () => undefined,
      },
      table: new BuildTable(database),
      logs: new BuildLogs(join(directory, "logs")),
      slots: new LocalBuildSlots(() => limit),
    });
  return { directory, workspace, builder, builds: open(), open };
}

function entry(path: string, kind: FileEntry["kind"], version: string): FileEntry {
  return { path, kind, version, size: kind === "file" ? "FROM scratch\n".length : 0, executable: false };
}

async function all(events: AsyncIterable<BuildEvent>): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of events) seen.push(`${event.seq} ${event.type}`);
  return seen;
}

const never = new AbortController().signal;

test("a build goes on without its reader, and its events can be read from any point, also afterwards", async (t) => {
  const { builds, builder } = fixture(t);
  const { id } = builds.start({ contextPath: "app", tags: ["app:1"] });
  const gone = new AbortController();
  const reader = all(builds.events(id, { from: 0, signal: gone.signal }));
  gone.abort();
  await reader;
  const live = all(builds.events(id, { from: 1, signal: never }));
  builder.finish();
  assert.deepEqual(await live, ["1 completed"]);
  assert.equal(builds.get(id).status, "completed");
  assert.equal(builds.get(id).imageId, imageId);
  assert.deepEqual(await all(builds.events(id, { from: 0, signal: never })), ["0 started", "1 completed"]);
});

test("one that runs when drydockd ends is interrupted, as after a crash: nobody has cancelled it", async (t) => {
  const { builds, open } = fixture(t);
  const { id } = builds.start({ contextPath: "app", tags: [] });
  await builds.close();
  const { status, error } = open().get(id);
  assert.equal(status, "interrupted");
  assert.match(error ?? "", /^drydockd was restarted while it ran: build again/);
  assert.deepEqual(await all(open().events(id, { from: 0, signal: never })), ["0 started"]);
});

test("remembers what its context held, what it began from and what it did first, for a list of builds", async (t) => {
  const { builds, builder, open } = fixture(t);
  const vertex = (id: string, instruction: string): NewBuildEvent => ({
    type: "vertex",
    vertex: { id, name: id, instruction, stage: "main", range: undefined, inputs: [] },
  });
  const done = (id: string, cached: boolean): NewBuildEvent => {
    const reason = { kind: cached ? "hit" : "files-changed", detail: "" } as const;
    return { type: "vertex-completed", id, cached, reason, durationMs: 1 };
  };
  builder.tells = [
    vertex("a", "FROM --platform=linux/amd64 busybox:1 AS main"),
    vertex("b", "RUN true"),
    vertex("c", "COPY . ."),
    done("a", true),
    done("b", true),
    done("c", false),
  ];
  const { id, contextVersion: version } = builds.start({ contextPath: "app", tags: [] });
  const inside = [entry("app/Dockerfile", "file", "2")];
  assert.equal(version, contextVersion(inside, "app"), "neither what is elsewhere nor when a directory was written");
  assert.notEqual(version, contextVersion([{ ...inside[0]!, version: "9" }], "app"));
  builder.finish();
  await all(builds.events(id, { from: 0, signal: never }));
  const { contextVersion: kept, base, telling } = open().get(id);
  assert.deepEqual({ kept, base, telling }, { kept: version, base: "busybox:1", telling: "COPY . ." });
});

test("a build of several stages is known by the bases of all of them, and by the stage that was asked for", async (t) => {
  const { builds, builder, open } = fixture(t);
  const from = (id: string, stage: string, instruction: string): NewBuildEvent => ({
    type: "vertex",
    vertex: { id, name: id, instruction, stage, range: undefined, inputs: [] },
  });
  builder.tells = [
    from("pull", "", "busybox:1"),
    from("a", "busybox", "FROM busybox AS busybox"),
    from("b", "test", "FROM Busybox AS test"),
    from("c", "tools", "FROM --platform=linux/amd64 alpine:3 AS tools"),
    from("d", "stage-3", "FROM alpine:3"),
  ];
  const { id, target } = builds.start({ contextPath: "app", tags: [], target: "stage-3" });
  assert.equal(target, "stage-3");
  builder.finish();
  await all(builds.events(id, { from: 0, signal: never }));
  const kept = open().get(id);
  assert.deepEqual([kept.base, kept.target], ["busybox, alpine:3", "stage-3"]);
});

test("a build keeps its Dockerfile as it was", async (t) => {
  const { builds, builder, workspace } = fixture(t);
  const { id } = builds.start({ contextPath: "app", tags: [] });
  await new Promise(setImmediate);
  writeFileSync(join(workspace, "app/Dockerfile"), "FROM other\n");
  builder.finish();
  for await (const event of builds.events(id, { from: 0, signal: never })) {
    if (event.type === "started") assert.equal(event.text, "FROM scratch\n");
  }
});

test("the list is told now, and whenever a build has begun or ended, until nobody listens", async (t) => {
  const { builds, builder } = fixture(t);
  const gone = new AbortController();
  const lists = builds.watch(gone.signal)[Symbol.asyncIterator]();
  const next = async () => (await lists.next()).value?.map(({ id, status }: BuildSummary) => [id, status]);
  assert.deepEqual(await next(), []);
  const { id } = builds.start({ contextPath: "app", tags: ["app:1"] });
  assert.deepEqual(await next(), [[id, "running"]]);
  const other = builds.start({ contextPath: "app", tags: ["app:2"] }).id;
  assert.deepEqual((await next())?.length, 2);
  // What comes while nobody asks is not lost.
  await builds.cancel(other);
  builder.finish();
  await all(builds.events(id, { from: 0, signal: never }));
  assert.deepEqual(Object.fromEntries((await next()) ?? []), { [id]: "completed", [other]: "cancelled" });
  const over = lists.next();
  gone.abort();
  assert.deepEqual(await over, { done: true, value: undefined });
});

/** As the docker CLI asks for it: of a directory that was sent. */
function sent(t: TestContext, dockerfile: BuildRequest["dockerfile"], files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), "drydock-sent-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(root, name), content);
  const heard: string[] = [];
  const gone = new AbortController();
  const request: Omit<BuildRequest, "id"> = {
    context: { root, hostBase: 0, dispose: async () => {} },
    dockerfile,
    tags: ["sent"],
    buildArgs: {},
    labels: {},
    noCache: false,
    pull: false,
    extraHosts: [],
    signal: gone.signal,
    onEvent: ({ type }) => heard.push(type),
  };
  return { request, heard, gone };
}

test("a build that a client sends is on record: of the workspace's directory that has its Dockerfile", async (t) => {
  const { builds, builder, open } = fixture(t);
  const { request, heard } = sent(t, { path: "Dockerfile" }, { Dockerfile: "FROM scratch\n" });
  const done = builds.record(request);
  const [{ id, status, contextPath, dockerfile, contextVersion: version } = assert.fail()] = builds.list();
  const inside = contextVersion([entry("app/Dockerfile", "file", "2")], "app");
  assert.deepEqual([status, contextPath, dockerfile, version], ["running", "app", "Dockerfile", inside]);
  const live = all(builds.events(id, { from: 0, signal: never }));
  builder.finish();
  assert.deepEqual(await done, { imageId });
  assert.deepEqual(await live, ["0 started", "1 completed"]);
  assert.deepEqual(heard, ["started", "completed"], "the client hears all of it too");
  const kept = open().get(id);
  assert.deepEqual([kept.status, kept.imageId, kept.contextPath], ["completed", imageId, "app"]);
  for await (const event of open().events(id, { from: 0, signal: never })) {
    if (event.type === "started") assert.equal(event.text, "FROM scratch\n");
  }
  assert.throws(() => builds.resume(id, { byHand: [], before: new Map() }, () => undefined), FailedPrecondition);
});

test("the Dockerfile of a build that is sent is kept, whether the workspace has such a file or not", async (t) => {
  const { builds, builder, open } = fixture(t);
  builder.finish();
  const other = "FROM scratch\n# another\n";
  const cases: [BuildRequest["dockerfile"], string | undefined][] = [
    [{ path: "Dockerfile" }, other],
    [{ text: "FROM scratch\n", name: "Dockerfile" }, "FROM scratch\n"],
    [{ path: "missing" }, undefined],
  ];
  for (const [dockerfile, text] of cases) {
    const { request } = sent(t, dockerfile, { Dockerfile: other });
    await builds.record(request);
    const [{ id, contextPath } = assert.fail()] = open().list();
    assert.equal(contextPath, undefined);
    for await (const event of builds.events(id, { from: 0, signal: never })) {
      if (event.type === "started") assert.equal(event.text, text);
    }
  }
});

test("a build that is sent ends with its client, and by others of its tenant", async (t) => {
  const { builds } = fixture(t);
  const { request, gone } = sent(t, { path: "Dockerfile" }, { Dockerfile: "FROM scratch\n" });
  const cancelled = builds.record(request);
  await builds.cancel(builds.list()[0]?.id ?? "");
  const left = builds.record(request);
  gone.abort();
  for (const each of [cancelled, left]) await assert.rejects(each, Cancelled);
  assert.deepEqual(
    builds.list().map(({ status }) => status),
    ["cancelled", "cancelled"],
  );
});

test("cancel ends the build and says so", async (t) => {
  const { builds } = fixture(t);
  const { id } = builds.start({ contextPath: "app", tags: [] });
  await builds.cancel(id);
  assert.equal(builds.get(id).status, "cancelled");
  assert.deepEqual(await all(builds.events(id, { from: 0, signal: never })), ["0 started", "1 cancelled"]);
  await builds.cancel(id);
});

test("a build that ran when drydockd ended is interrupted, its events are there", async (t) => {
  const { builds, open } = fixture(t);
  const { id } = builds.start({ contextPath: "app", tags: [] });
  const later = open();
  assert.equal(later.get(id).status, "interrupted");
  assert.deepEqual(await all(later.events(id, { from: 0, signal: never })), ["0 started"]);
  await builds.cancel(id);
});

test("the context is held: a link put in its place is not followed", async (t) => {
  const { builds, builder, workspace } = fixture(t);
  const { id } = builds.start({ contextPath: "app", tags: [] });
  renameSync(join(workspace, "app"), join(workspace, "moved"));
  symlinkSync("/etc", join(workspace, "app"));
  const root = builder.request?.context.root ?? "";
  assert.equal(readFileSync(join(root, "Dockerfile"), "utf8"), "FROM scratch\n");
  assert.equal(builder.request?.context.hostBase, 5);
  await builds.cancel(id);
});

test("nothing is started that cannot be, and no slot is lost over it", async (t) => {
  const { builds, open } = fixture(t, 1);
  assert.throws(() => builds.start({ contextPath: "missing", tags: [] }), NotFound);
  assert.throws(() => builds.start({ contextPath: "app", dockerfile: "../x", tags: [] }), InvalidArgument);
  const { id } = builds.start({ contextPath: "", tags: [] });
  assert.throws(() => builds.start({ contextPath: "app", tags: [] }), ResourceExhausted);
  assert.throws(() => open("stranger").get(id), NotFound);
  await builds.cancel(id);
  const { id: next } = builds.start({ contextPath: "app", tags: [] });
  assert.deepEqual(
    builds.list().map((build) => build.id),
    [next, id],
  );
  await builds.cancel(next);
});

test("a build that cannot be recorded takes no place, and holds nothing of the workspace open", (t) => {
  const { builds, directory } = fixture(t);
  rmSync(join(directory, "logs"), { recursive: true });
  const before = descriptors();
  for (let tries = 0; tries < 3; tries++) {
    assert.throws(() => builds.start({ contextPath: "app", tags: [] }), { code: "ENOENT" });
  }
  assert.equal(descriptors(), before);
});
