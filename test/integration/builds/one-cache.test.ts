import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import type { BuildEvent } from "../../../server/contract/build-events.ts";
import type { BuildRecord } from "../../../server/contract/build-record.ts";
import type { BuildSummary } from "../../../server/contract/extension-api.ts";
import { engineOfThisFile, type TenantClient, whyNot } from "../../suites/drydockd.ts";
import { json, send } from "../faults/http.ts";

const engine = engineOfThisFile({ standIns: ["busybox"] });

/** Every kind of step whose result is kept: of a stage that is in no image, without any change, and with a user. */
const files = {
  Dockerfile: `FROM busybox AS words
WORKDIR /words
COPY list ./list
RUN wc -w list/* > count

FROM busybox
ARG COLOUR=red
ENV HOME=/srv
RUN true
WORKDIR /srv
COPY --from=words /words .
COPY . context
RUN cat count > summary
USER 1000
CMD ["cat", "summary"]
`,
  "list/a": "one two\n",
  "list/b": "three\n",
} as const;

describe("the page's builds and docker build", { skip: whyNot() ?? false }, () => {
  let learner: TenantClient;
  let directory: string;
  before(async () => {
    learner = await engine.tenant("learner", "public");
    directory = mkdtempSync(path.join(tmpdir(), "drydock-context-"));
    mkdirSync(path.join(directory, "list"), { mode: 0o755 });
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(path.join(directory, name), content, { mode: 0o644 });
      const { status, text } = await send(learner.socket, `/drydock/v1/workspace/file?path=app/${name}`, {
        method: "PUT",
        body: content,
      });
      assert.equal(status, 200, text);
    }
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  /** As the page does. */
  const buildInPage = async (noCache = false): Promise<BuildRecord["steps"]> => {
    const start = { contextPath: "app", tags: ["app"], noCache };
    const { id } = await json<BuildSummary>(learner.socket, "POST", "/drydock/v1/builds", start);
    // Ends with the build.
    await send(learner.socket, `/drydock/v1/builds/${id}/events`);
    const { status, error } = await json<BuildSummary>(learner.socket, "GET", `/drydock/v1/builds/${id}`);
    assert.equal(status, "completed", error);
    return (await json<BuildRecord>(learner.socket, "GET", `/drydock/v1/builds/${id}/record`)).steps;
  };
  /** Of each step that runs or copies: whether it came from the cache. */
  const buildInShell = async (...options: string[]): Promise<string[]> => {
    const output = engine.good(await learner.docker("build", ...options, "-t", "app", directory));
    return output.split(/^(?=Step )/m).flatMap((step) => {
      const [, instruction = ""] = /^Step \d+\/\d+ : (.*)/.exec(step) ?? [];
      return /^(RUN|COPY|WORKDIR)/.test(instruction) && !step.includes("Using cache") ? [instruction] : [];
    });
  };

  test("what the page has built, docker build has in its cache", async () => {
    await buildInPage();
    assert.deepEqual(await buildInShell(), []);
    // As dockerd's builder: what has no image any more is made again.
    engine.good(await learner.docker("rmi", "-f", "app"));
    engine.good(await learner.docker("image", "prune", "-f"));
    assert.notDeepEqual(await buildInShell(), []);
  });

  const page = async <Kind extends BuildEvent["type"]>(id: string, type: Kind) =>
    (await send(learner.socket, `/drydock/v1/builds/${id}/events`)).text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as BuildEvent)
      .filter((event): event is Extract<BuildEvent, { type: Kind }> => event.type === type);
  const builds = () => json<BuildSummary[]>(learner.socket, "GET", "/drydock/v1/builds");

  test("what docker build builds the page shows step by step, with the file of the workspace that it was built from", async () => {
    await buildInShell();
    const [{ id, status, contextPath, dockerfile } = assert.fail()] = await builds();
    assert.deepEqual([status, contextPath, dockerfile], ["completed", "app", "Dockerfile"]);
    const vertices = (await page(id, "vertex")).map(({ vertex }) => vertex);
    assert.ok(vertices.some(({ instruction }) => instruction === "RUN cat count > summary"));
    // What a recording says of its base holds for good.
    const base = engine.good(await learner.docker("images", "-q", "--no-trunc", "busybox")).trim();
    assert.deepEqual(
      vertices.flatMap(({ instruction, image }) => (instruction.startsWith("FROM") ? [image] : [])),
      [base, base],
    );
    const { steps } = await json<BuildRecord>(learner.socket, "GET", `/drydock/v1/builds/${id}/record`);
    assert.ok(steps.some(({ outcome }) => outcome === "cached"));
  });

  test("a docker build of other files is shown with its Dockerfile, and can be cancelled from the page", async (t) => {
    const other = path.join(directory, "other");
    t.after(() => rmSync(other));
    writeFileSync(other, "FROM busybox\nRUN echo begun; sleep 600\n");
    const cli = learner.docker("build", "-f", other, directory);
    const running = async (): Promise<string> => {
      const found = (await builds()).find(({ status }) => status === "running");
      return found?.id ?? running();
    };
    const id = await running();
    // Ends with the build.
    const started = page(id, "started");
    assert.equal((await send(learner.socket, `/drydock/v1/builds/${id}/cancel`, { method: "POST" })).status, 204);
    const [{ text } = assert.fail()] = await started;
    assert.equal(text, "FROM busybox\nRUN echo begun; sleep 600\n");
    const { status, stderr } = await cli;
    assert.notEqual(status, 0);
    assert.match(stderr, /the build was cancelled/);
    assert.equal((await builds()).find((each) => each.id === id)?.status, "cancelled");
  });

  test("what docker build has built, the page has in its cache", async () => {
    await buildInShell("--no-cache");
    const ran = (await buildInPage()).filter(({ outcome }) => outcome === "ran").map(({ instruction }) => instruction);
    assert.deepEqual(ran, []);
  });
});
