import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { BuildEvent, BuildFailure } from "../../../server/contract/build-events.ts";
import { Drydockd, type TenantClient, whyNot } from "../../suites/drydockd.ts";
import { classicBuild, eventsOf, startBuild, summaryOf, untilWritten } from "./building.ts";
import { json, send, until } from "./http.ts";
import { tar } from "./tar.ts";

const skip = whyNot() ?? false;
const engine = new Drydockd({ standIns: ["busybox"] });
const mebibyte = 1_024 ** 2;
let learner: TenantClient;
let other: TenantClient;

before(async () => {
  if (skip !== false) return;
  await engine.start();
  learner = await engine.tenant("learner", "class", { memory: 128 * mebibyte, pids: 60 });
  other = await engine.tenant("neighbour", "class", { memory: 64 * mebibyte, pids: 60 });
  for (const tenant of [learner, other]) {
    const { status, stderr } = await tenant.docker("pull", "-q", "busybox");
    assert.equal(status, 0, stderr);
  }
});

after(async () => {
  if (skip === false) await engine.dispose();
});

/** Builds through the extension, which must fail. */
async function failureOf(dockerfile: string): Promise<{ failure: BuildFailure; events: BuildEvent[] }> {
  const { id } = await startBuild(learner.socket, dockerfile);
  const events = await eventsOf(learner.socket, id);
  const last = events.at(-1);
  assert.equal(last?.type, "failed", JSON.stringify(last));
  assert.equal((await summaryOf(learner.socket, id)).status, "failed");
  return { failure: last.error, events };
}

describe("a Dockerfile that is wrong", { skip }, () => {
  test("an unknown base: which, why not, and what there is", async () => {
    const { failure } = await failureOf("# a comment\nFROM no-such-image:1\n");
    assert.match(failure.message, /no-such-image:1/);
    assert.match(`${failure.message} ${failure.hint ?? ""}`, /no local stand-in for no-such-image:1\.\nUse debian\./);
    assert.equal(failure.range?.startLine, 2);
    const { text } = await classicBuild(learner.socket, "FROM no-such-image:1\n");
    assert.match(text, /no-such-image:1/);
    const mistyped = await failureOf("FROM busyboxx\n");
    assert.match(mistyped.failure.message, /"busyboxx:latest" is not on this machine, .*\(did you mean busybox\?\)/);
    assert.match((await classicBuild(learner.socket, "FROM busyboxx\n")).text, /\(did you mean busybox\?\)/);
  });

  test("a failing RUN: line, exit code and last output", async () => {
    const dockerfile = 'FROM busybox\n\nRUN echo first && \\\n  echo "the reason" >&2; exit 7\n';
    const { failure, events } = await failureOf(dockerfile);
    assert.equal(failure.exitCode, 7);
    assert.deepEqual([failure.range?.startLine, failure.range?.endLine], [3, 4]);
    assert.match(failure.hint ?? "", /the reason/);
    assert.match(failure.excerpt, /exit 7/);
    const failed = events.find((event) => event.type === "vertex-completed" && event.error !== undefined);
    assert.ok(failed, "the step says that it failed");

    const { status, lines } = await classicBuild(learner.socket, dockerfile);
    assert.equal(status, 200);
    assert.match(lines.map(({ stream }) => stream ?? "").join(""), /the reason/);
    assert.equal(lines.at(-1)?.errorDetail?.code, 7);
    assert.match(lines.at(-1)?.error ?? "", /returned a non-zero code: 7$/);
  });

  test("a syntax error: line, column, what was expected, did you mean", async () => {
    const { failure } = await failureOf("FROM busybox\n  RUM echo hello\n");
    assert.deepEqual([failure.range?.startLine, failure.range?.startColumn, failure.range?.endColumn], [2, 3, 6]);
    assert.match(`${failure.message} ${failure.hint ?? ""}`, /unknown instruction: RUM.*did you mean RUN/);
    assert.match(failure.excerpt, /RUM echo hello/);
    const copy = await failureOf("FROM busybox\nCOPY onlyone\n");
    assert.equal(copy.failure.range?.startLine, 2);
    assert.match(copy.failure.message, /COPY requires at least two arguments/);
    const flag = await failureOf("FROM busybox\nCOPY --form=0 a b\n");
    assert.match(`${flag.failure.message} ${flag.failure.hint ?? ""}`, /--form.*--from/s);

    const classic = await classicBuild(learner.socket, "FROM busybox\nRUM echo hello\n");
    assert.equal(classic.status, 400);
    assert.match(classic.text, /line 2: unknown instruction: RUM \(did you mean RUN\?\)/);
  });

  test("a required secret: an error that says how to give it; given, it is told nowhere", async () => {
    const dockerfile = "FROM busybox\nRUN --mount=type=secret,id=npm,required cat /run/secrets/npm && echo used\n";
    const { failure } = await failureOf(dockerfile);
    assert.match(failure.message, /secret npm: not found/);
    assert.match(failure.hint ?? "", /POST \/drydock\/v1\/builds/);
    assert.equal(failure.range?.startLine, 2);
    const classic = await classicBuild(learner.socket, dockerfile);
    assert.match(classic.lines.at(-1)?.error ?? "", /secret npm: not found/);

    const value = "npm-57d1f9e0";
    const start = { contextPath: "build", tags: ["secretive"], secrets: { npm: { value } } };
    const { id } = await json<{ id: string }>(learner.socket, "POST", "/drydock/v1/builds", start);
    const events = await eventsOf(learner.socket, id);
    assert.equal(events.at(-1)?.type, "completed", JSON.stringify(events.at(-1)));
    assert.equal(events.map((event) => (event.type === "log" ? event.text : "")).join(""), "***used\n");
    const record = (await send(learner.socket, `/drydock/v1/builds/${id}/record`)).text;
    const image = (await send(learner.socket, "/images/secretive/json")).text;
    assert.doesNotMatch(JSON.stringify(events) + record + image, new RegExp(value));
    const metadata = readFileSync(join(engine.dataDirectory, "metadata.db"));
    assert.ok(!metadata.includes(value), "the request is kept without it");
  });
});

describe("a build that takes more than its share", { skip }, () => {
  async function startNeighbour(): Promise<void> {
    const started = await other.docker("run", "-d", "--name", "calm", "busybox", "sleep", "1000");
    assert.equal(started.status, 0, started.stderr);
  }

  async function neighbourGoesOn(): Promise<void> {
    const answer = await other.docker("exec", "calm", "echo", "still here");
    assert.equal(answer.stdout.trim(), "still here", answer.stderr);
    await other.docker("rm", "-f", "calm");
  }

  test("endless output: bounded in events, on disk and in memory; cancel works at once", async () => {
    const before = engine.residentBytes();
    const { id } = await startBuild(learner.socket, "FROM busybox\nRUN yes 'a line of a program that does not end'\n");
    await untilWritten(learner.socket, id, '"truncated"');
    assert.equal((await send(engine.socket, "/_ping")).status, 200);
    await json(learner.socket, "POST", `/drydock/v1/builds/${id}/cancel`);
    const events = await eventsOf(learner.socket, id);
    assert.equal(events.at(-1)?.type, "cancelled");
    assert.ok(events.length < 1_000, `${events.length} events`);
    const log = statSync(join(engine.dataDirectory, "tenants/learner/builds", `${id}.ndjson`)).size;
    assert.ok(log < 6 * mebibyte, `${log} bytes of events on disk`);
    // What it prints in this time is gigabytes; what the collector has not come to yet is not kept.
    const grown = (engine.residentBytes() - before) / mebibyte;
    assert.ok(grown < 300, `drydockd grew by ${grown} MiB`);
  });

  test("output in tiny pieces without end: as bounded", async () => {
    const { id } = await startBuild(
      learner.socket,
      "FROM busybox\nRUN i=0; while [ $i -lt 60000 ]; do i=$((i+1)); echo; done\n",
    );
    const events = await eventsOf(learner.socket, id);
    assert.equal(events.at(-1)?.type, "completed");
    assert.ok(events.length < 500, `${events.length} events for 60000 writes`);
    const written = events.reduce((sum, event) => sum + (event.type === "log" ? event.text.length : 0), 0);
    assert.equal(written, 60_000);
  });

  test("a memory hog ends by the tenant's limit, and the step says so; a neighbour goes on", async () => {
    await startNeighbour();
    const { failure } = await failureOf("FROM busybox\nRUN tail /dev/zero\n");
    assert.equal(failure.exitCode, 137);
    assert.match(failure.hint ?? "", /out of memory/);
    const { lines } = await classicBuild(learner.socket, "FROM busybox\nRUN tail /dev/zero\n");
    assert.equal(lines.at(-1)?.errorDetail?.code, 137); // dockerd's own words have no more
    await neighbourGoesOn();
  });

  test("a fork bomb stays within the tenant's limit; a neighbour goes on", async () => {
    await startNeighbour();
    const { failure } = await failureOf("FROM busybox\nRUN f() { f | f & }; f; sleep 1; exit 5\n");
    assert.equal(failure.exitCode, 5);
    assert.match(failure.hint ?? "", /limit of 60 processes/);
    await neighbourGoesOn();
    const after = await learner.docker("run", "--rm", "busybox", "echo", "again");
    assert.equal(after.stdout.trim(), "again", after.stderr);
  });
});

describe("a build whose client or engine goes", { skip }, () => {
  const slow = "FROM busybox\nRUN echo begun; sleep 4321\n";

  test("the classic endpoint's client goes: the step is killed", async () => {
    const gone = new AbortController();
    const begun = Promise.withResolvers<void>();
    const outgoing = request(
      { socketPath: learner.socket, method: "POST", path: "/v1.41/build?nocache=1", signal: gone.signal, agent: false },
      (response) => {
        response.on("data", (chunk: Buffer) => {
          if (chunk.includes('begun\\n"')) begun.resolve();
        });
        response.on("error", () => undefined);
      },
    );
    outgoing.on("error", () => undefined);
    outgoing.end(tar([{ name: "Dockerfile", content: slow }]));
    await begun.promise;
    assert.equal(await sleepers(), 1);
    gone.abort();
    await until("the step is killed", async () => (await sleepers()) === 0);
  });

  test("the extension's client goes: the build goes on, cancel ends it at once", async () => {
    const { id } = await startBuild(learner.socket, slow);
    await untilWritten(learner.socket, id, "begun"); // opens streams, and leaves
    assert.equal((await summaryOf(learner.socket, id)).status, "running");
    // Answers when it has ended; the step itself would go on for longer than any test may.
    await json(learner.socket, "POST", `/drydock/v1/builds/${id}/cancel`);
    assert.equal((await summaryOf(learner.socket, id)).status, "cancelled");
    assert.equal(await sleepers(), 0);
  });

  test("drydockd is killed in mid-build: interrupted, and nothing of the step is left", async () => {
    const { id } = await startBuild(learner.socket, slow);
    await untilWritten(learner.socket, id, "begun");
    await engine.restart();
    await until("it answers", async () => (await send(learner.socket, "/_ping")).status === 200);
    const { status, error } = await summaryOf(learner.socket, id);
    assert.equal(status, "interrupted");
    assert.match(error ?? "", /build again/);
    assert.equal(await sleepers(), 0);
    const events = await eventsOf(learner.socket, id);
    assert.ok(events.some((event) => event.type === "log" && event.text.includes("begun")));
    const again = await startBuild(learner.socket, "FROM busybox\nRUN echo fine\n");
    assert.equal((await eventsOf(learner.socket, again.id)).at(-1)?.type, "completed");
  });

  test("drydockd is killed at any moment of a build: what the cache has afterwards is right, nothing is left", async () => {
    const steps = Array.from(
      { length: 4 },
      (_, i) => `RUN cat /w/data /o${i - 1} > /o${i} 2>/dev/null; echo ${i} >> /o${i}`,
    );
    const dockerfile = ["FROM busybox", "COPY data /w/", ...steps, "LABEL done=yes"].join("\n");
    const expected = (data: string): string => steps.reduce((text, _, i) => `${data}\n${text}${i}\n`, "");
    const start = async (round: number) => {
      const put = (name: string, body: string) =>
        send(learner.socket, `/drydock/v1/workspace/file?path=${encodeURIComponent(`phases/${name}`)}`, {
          method: "PUT",
          body,
        });
      await put("Dockerfile", dockerfile);
      await put("data", `data ${round}\n`);
      return json<{ id: string }>(learner.socket, "POST", "/drydock/v1/builds", {
        contextPath: "phases",
        tags: ["phases"],
      });
    };
    for (const [round, delay] of [5, 60, 150, 300].entries()) {
      await start(round);
      await new Promise((resolve) => setTimeout(resolve, delay));
      await engine.restart();
      await until("it answers", async () => (await send(learner.socket, "/_ping")).status === 200);
      const { id } = await start(round);
      const events = await eventsOf(learner.socket, id);
      assert.equal(events.at(-1)?.type, "completed", JSON.stringify(events.at(-1)));
      const { stdout, stderr } = await learner.docker("run", "--rm", "phases", "cat", "/o3");
      assert.equal(stdout, expected(`data ${round}`), stderr);
    }
    const left = (await engine.traces()).filter((trace) => /builder|\/build-/.test(trace));
    assert.deepEqual(left, []);
  });

  /** Processes in the learner's build steps that sleep. */
  async function sleepers(): Promise<number> {
    return (await engine.traces()).filter((trace) => /^\d+ sleep 4321$/.test(trace)).length;
  }
});
