import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import type { BuildEvent } from "../../../server/contract/build-events.ts";
import { snippetLimits } from "../../../server/contract/playground-api.ts";
import { TenantClient } from "../../../server/playground/client/tenant-client.ts";
import { UnixClient } from "../../../server/playground/client/unix-client.ts";
import { recordSnippet } from "../../../server/playground/snippets/snippet-recorder.ts";

type Answer = (response: ServerResponse, query: URLSearchParams) => void | Promise<void>;

const json =
  (value: unknown): Answer =>
  (response) =>
    void response.end(JSON.stringify(value));

const ndjson = (values: readonly unknown[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join("");

const build = { id: "b1", status: "completed", tags: [], contextPath: "", dockerfile: "Dockerfile", startedAt: 1 };
const events: BuildEvent[] = [
  { seq: 0, time: 1, type: "started", buildId: "b1", dockerfile: "FROM scratch\n" },
  { seq: 1, time: 2, type: "log", id: "v", stream: "stdout", text: "hello\n" },
  { seq: 2, time: 3, type: "completed", imageId: "sha256:1", tags: [], durationMs: 2 },
];
const container = { Id: "c1", Names: ["/web"], Image: "app", Created: 1, State: "running", Status: "Up 1 second" };

/** An engine that answers as each test says. */
const standard: Record<string, Answer> = {
  "/drydock/v1/workspace/files": json([
    { path: "Dockerfile", kind: "file", size: 13, version: "1", executable: false },
  ]),
  "/drydock/v1/workspace/file": (response) => void response.end("FROM scratch\n"),
  "/drydock/v1/builds": json([build]),
  "/drydock/v1/builds/b1/events": (response) => void response.end(ndjson(events)),
  "/v1.41/containers/json": json([container]),
  "/drydock/v1/terminals": json([]),
};

describe("recording a workspace", () => {
  let directory: string;
  let answers: Record<string, Answer>;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://engine");
    const answer = answers[pathname] ?? standard[pathname];
    if (answer === undefined) response.writeHead(404).end(`{"message":"no ${pathname}"}`);
    else void answer(response, searchParams);
  });
  let tenant: TenantClient;
  const record = () => recordSnippet(tenant, { title: "mine", parent: undefined });
  const isBroken = { name: "Problem", status: 503, message: /nothing was shared/ };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "drydock-recorder-"));
    await new Promise<void>((resolve) => server.listen(join(directory, "s"), resolve));
    tenant = new TenantClient(new UnixClient(join(directory, "s")));
  });
  beforeEach(() => {
    answers = { "/v1.41/containers/json": json([]) };
  });
  after(async () => {
    tenant.http.close();
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  });

  it("leaves out a file that was deleted since it was listed", async () => {
    const listed = ["Dockerfile", "gone"].map((path) => ({ path, kind: "file", size: 13, version: "1" }));
    answers["/drydock/v1/workspace/files"] = json(listed.map((file) => ({ ...file, executable: false })));
    answers["/drydock/v1/workspace/file"] = (response, query) => {
      if (query.get("path") === "gone") response.writeHead(404).end('{"message":"gone: no such file or directory"}');
      else response.end("FROM scratch\n");
    };
    const { files, omittedFiles } = await record();
    assert.deepEqual([files.map(({ path }) => path), omittedFiles], [["Dockerfile"], []]);
  });

  it("leaves out a file whose name is not UTF-8, and takes the others", async () => {
    const asked: string[] = [];
    const file = { kind: "file", size: 13, version: "1", executable: false };
    answers["/drydock/v1/workspace/files"] = json([
      { ...file, path: "bad\udcff" },
      { ...file, path: "Dockerfile" },
    ]);
    answers["/drydock/v1/workspace/file"] = (response, query) => {
      asked.push(query.get("path") ?? "");
      response.end("FROM scratch\n");
    };
    const { files, omittedFiles } = await record();
    assert.deepEqual(asked, ["Dockerfile"]);
    assert.deepEqual(
      files.map(({ path }) => path),
      ["Dockerfile"],
    );
    assert.deepEqual(omittedFiles, ["bad\ufffd"]);
  });

  it("takes all of an ended build, however long the engine takes", async () => {
    answers["/drydock/v1/builds/b1/events"] = async (response) => {
      response.flushHeaders();
      for (const event of events) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        response.write(ndjson([event]));
      }
      response.end();
    };
    assert.deepEqual((await record()).build, { summary: build, events });
  });

  it("has a Dockerfile as its file is, not as it was built; one that is no file as it was sent", async () => {
    const [started = assert.fail(), ...rest] = events;
    const told = { ...started, text: "# seen by nobody\nFROM scratch\n" };
    answers["/drydock/v1/builds/b1/events"] = (response) => void response.end(ndjson([told, ...rest]));
    assert.deepEqual((await record()).build?.events[0], started);
    const { contextPath: _none, ...sent } = build;
    answers["/drydock/v1/builds"] = json([sent]);
    assert.deepEqual((await record()).build?.events[0], told);
  });

  it("leaves progress out of a long build, not how it ended", async () => {
    const progress = Array.from({ length: 20_000 }, (_, seq) => {
      return { seq, time: 1, type: "status", id: "v", item: "layer", status: "Downloading", current: seq };
    });
    answers["/drydock/v1/builds/b1/events"] = (response) => void response.end(ndjson([...progress, ...events]));
    const recorded = (await record()).build?.events ?? [];
    assert.ok(recorded.length < 10_000, String(recorded.length));
    assert.deepEqual(
      recorded.filter(({ type }) => type !== "status" && type !== "log"),
      events.filter(({ type }) => type !== "log"),
    );
  });

  it("takes what a running build has told so far", async () => {
    answers["/drydock/v1/builds"] = json([{ ...build, status: "running" }]);
    answers["/drydock/v1/builds/b1/events"] = async (response) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      response.write(ndjson(events.slice(0, 2)));
    };
    assert.deepEqual((await record()).build?.events, events.slice(0, 2));
  });

  it("makes no snippet of a build whose events break off", async () => {
    answers["/drydock/v1/builds/b1/events"] = (response) => {
      response.write(ndjson(events.slice(0, 1)), () => response.destroy());
    };
    await assert.rejects(record(), isBroken);
    answers["/drydock/v1/builds/b1/events"] = (response) => {
      response.end(ndjson([events[0], { errorDetail: { message: "disk" }, error: "disk" }]));
    };
    await assert.rejects(record(), isBroken);
  });

  it("keeps the end of a long log, without waiting for more of it", async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} ${"x".repeat(20)}\n`);
    const asked: URLSearchParams[] = [];
    answers["/v1.41/containers/json"] = json([container]);
    answers["/drydock/v1/containers/c1/output"] = (response, query) => {
      asked.push(query);
      const first = lines.length - Number(query.get("tail"));
      const records = lines.map((text, index) => ({ offset: index * 100, stream: "stdout", time: 1, text }));
      response.end(ndjson(records.slice(first)));
    };
    const [output] = (await record()).outputs;
    assert.equal(asked.length, 1);
    assert.ok(output?.text.endsWith(lines.at(-1) ?? "?"), output?.text.slice(-100));
    assert.equal(output?.text.length, snippetLimits.outputBytes);
    assert.ok((output?.omitted ?? 0) > 0);
  });

  it("names what is left out where there is more than a snippet holds, and shortens ids", async () => {
    const one = ndjson([{ offset: 0, stream: "stdout", time: 1, text: "hello\n" }]);
    const many = Array.from({ length: 8 }, (_, index) => ({
      ...container,
      Id: `c${index}`,
      Names: [`/web${index}`],
      Image: `sha256:${"a".repeat(64)}`,
      Created: 100 - index,
    }));
    answers["/v1.41/containers/json"] = json(many);
    for (const { Id } of many) answers[`/drydock/v1/containers/${Id}/output`] = (response) => void response.end(one);
    for (const { Id } of many) answers[`/drydock/v1/containers/${Id}/ports`] = json([]);
    const { outputs, omittedOutputs } = await record();
    assert.deepEqual(
      outputs.map(({ title }) => title),
      Array.from({ length: snippetLimits.outputs }, (_, index) => `web${index} · ${"a".repeat(12)}`),
    );
    assert.deepEqual(omittedOutputs, [`web6 · ${"a".repeat(12)}`, `web7 · ${"a".repeat(12)}`]);
  });

  it("makes no snippet of a container's log that breaks off; one that keeps no log, or went away, is left out", async () => {
    answers["/v1.41/containers/json"] = json([container]);
    answers["/drydock/v1/containers/c1/output"] = (response) => void response.destroy();
    await assert.rejects(record(), isBroken);
    for (const status of [404, 501]) {
      answers["/drydock/v1/containers/c1/output"] = (response) => void response.writeHead(status).end("{}");
      assert.deepEqual((await record()).outputs, []);
    }
  });

  it("takes a terminal's output up to where it is, and no snippet of one that breaks off", async () => {
    const offset = snippetLimits.outputBytes + 1000;
    answers["/drydock/v1/terminals"] = json([{ id: "t1", container: "c1", cmd: ["sh"], running: true, offset }]);
    answers["/drydock/v1/terminals/t1/output"] = async (response, query) => {
      const from = Number(query.get("offset"));
      response.writeHead(200, { "X-Drydock-Offset": String(from) });
      response.write("a".repeat(offset - from - 6));
      await new Promise((resolve) => setTimeout(resolve, 300));
      response.write("$ exit");
    };
    const [output] = (await record()).outputs;
    assert.ok(output?.text.endsWith("a$ exit"), output?.text.slice(-20));
    assert.equal(output?.text.length, snippetLimits.outputBytes);
    assert.equal(output?.omitted, 1000);
    answers["/drydock/v1/terminals/t1/output"] = (response) => {
      response.write("some", () => response.destroy());
    };
    await assert.rejects(record(), isBroken);
  });
});
