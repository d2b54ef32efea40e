import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { clientNames, namedClient } from "../suites/docker-clients.ts";
import { engineOfThisFile, run, whyNot } from "../suites/drydockd.ts";
import { runExample } from "../suites/example-runner.ts";

const skip = whyNot() ?? false;
const engine = engineOfThisFile({ standIns: ["busybox", "debian", "ubuntu", "gcc", "node"] });
const examples = join(import.meta.dirname, "../../examples");
const names = readdirSync(examples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test("every example of the issue is here", () => {
  assert.deepEqual(names.toSorted(), ["c-scratch", "node-app", "python-web", "redis-counter", "static-site"]);
});

for (const which of clientNames) {
  describe(`examples with ${which}`, { skip }, () => {
    for (const name of names) {
      test(name, async (t) => {
        const client = await namedClient(which, (text) => t.diagnostic(text));
        if ("why" in client) return t.skip(client.why);
        await runExample(join(examples, name), {
          docker: client.program,
          host: `unix://${engine.socket}`,
          name: `${name}-${which === "docker" ? "new" : "old"}`,
          environment: await environmentOf(client.program),
        });
        // Nothing of it is left in the way of the next one.
        assert.equal((await engine.docker("ps", "-aq")).stdout, "");
      });
    }
  });
}

/** As a learner has it: only a client that would ask for BuildKit is told of the classic builder, as the README says. */
async function environmentOf(program: string): Promise<Record<string, string>> {
  const env = { DOCKER_CONFIG: join(engine.directory, "config") };
  const { status } = await run(program, ["buildx", "version"], { env });
  return status === 0 ? { ...env, DOCKER_BUILDKIT: "0" } : env;
}
