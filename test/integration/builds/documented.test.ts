import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { BuildStart } from "../../../server/contract/extension-api.ts";
import { engineOfThisFile, type TenantClient, whyNot } from "../../suites/drydockd.ts";
import { eventsOf, startBuild } from "../faults/building.ts";
import { json, send } from "../faults/http.ts";

const engine = engineOfThisFile({ pull: ["busybox"] });
const document = readFileSync(join(import.meta.dirname, "../../../docs/builds.md"), "utf8");
/** The right side of each row of its table. */
const fields = [...document.matchAll(/^\| `--.* \| `(".*)` \|$/gm)].map(
  ([, field]) => JSON.parse(`{${field}}`) as Partial<BuildStart>,
);

const dockerfile = `FROM busybox AS made
RUN --mount=type=secret,id=token,required wc -c < /run/secrets/token > /size
RUN --mount=type=ssh,required test -S "$SSH_AUTH_SOCK" && echo agent > /agent
COPY --from=lib file /
FROM base AS test
RUN echo always
FROM scratch
COPY --from=made /size /agent /file /
COPY --from=test /etc/passwd /passwd
`;

describe("what docs/builds.md says", { skip: whyNot() ?? false }, () => {
  let learner: TenantClient;

  before(async () => {
    learner = await engine.tenant("learner", "public");
    engine.good(await learner.docker("pull", "-q", "busybox"));
    for (const [path, body] of Object.entries({ "token.txt": "t0ken", "lib/file": "of lib" })) {
      const { status } = await send(learner.socket, fileAt(path), { method: "PUT", body });
      assert.ok(status < 300);
    }
  });

  const fileAt = (path: string): string => `/drydock/v1/workspace/file?path=${encodeURIComponent(path)}`;

  async function built(more: Partial<BuildStart>) {
    const { id } = await startBuild(learner.socket, dockerfile, { noCache: false, ...more });
    const events = await eventsOf(learner.socket, id);
    assert.equal(events.at(-1)?.type, "completed", JSON.stringify(events.at(-1)));
    const ran = new Set(
      events.flatMap((event) => (event.type === "vertex-completed" && !event.cached ? [event.id] : [])),
    );
    return events.flatMap((event) =>
      event.type === "vertex" && ran.has(event.vertex.id) ? [event.vertex.instruction] : [],
    );
  }

  /** All rows that have none of these fields, in one request; lists are joined. */
  function together(without: readonly (keyof BuildStart)[]): Partial<BuildStart> {
    const all: Record<string, object> = {};
    for (const [name, value] of fields.flatMap((field) => Object.entries(field) as [keyof BuildStart, object][])) {
      if (without.includes(name)) continue;
      const before = all[name];
      all[name] = Array.isArray(value)
        ? [...((before ?? []) as object[]), ...(value as object[])]
        : { ...before, ...value };
    }
    return all;
  }

  test("a request with its fields is a build that has all of it", async () => {
    assert.equal(fields.length, 13);
    const agent = createServer((client) => client.end());
    agent.listen(join(engine.dataDirectory, "tenants", learner.id, "workspace/agent.sock"));
    try {
      await built(together(["cacheFrom"]));
      for (const [path, content] of [
        ["out/size", "6\n"],
        ["out/agent", "agent\n"],
        ["out/file", "of lib"],
      ] as const) {
        assert.equal((await send(learner.socket, fileAt(path))).text, content, path);
      }
      for (const path of ["out/passwd", "out.tar", "image.tar", "cache/index.json"]) {
        assert.equal((await send(learner.socket, fileAt(path))).status, 200, path);
      }
      await json(learner.socket, "GET", "/images/app:2/json");
      await send(learner.socket, "/build/prune?all=1", { method: "POST" });
      const ran = await built(together(["cacheTo", "outputs"]));
      assert.deepEqual(
        ran.filter((instruction) => /^(?:RUN|COPY)/.test(instruction)),
        ["RUN echo always"],
        "all others are of the cache that was given out",
      );
    } finally {
      agent.close();
    }
  });

  test("its example is taken as it is", async () => {
    const [, body = ""] = /-d '(\{[^']*\})'/.exec(document) ?? [];
    const start = JSON.parse(body) as BuildStart;
    await send(learner.socket, fileAt("app/Dockerfile"), { method: "PUT", body: "FROM busybox\n" });
    const { id } = await json<{ id: string }>(learner.socket, "POST", "/drydock/v1/builds", start);
    assert.equal((await eventsOf(learner.socket, id)).at(-1)?.type, "completed");
    await json(learner.socket, "GET", "/images/app/json");
  });
});
