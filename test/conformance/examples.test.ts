import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { dockerClient, oldDockerClient } from "../suites/docker-clients.ts";
import { Drydockd, whyNot } from "../suites/drydockd.ts";
import { runExample } from "../suites/example-runner.ts";

const skip = whyNot() ?? false;
const engine = new Drydockd({ standIns: ["busybox", "debian", "ubuntu", "gcc", "node"] });
const examples = join(import.meta.dirname, "../../examples");
const names = readdirSync(examples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
let old: string | undefined;
let whyNoOld = "";

before(async () => {
  if (skip !== false) return;
  try {
    old = await oldDockerClient();
  } catch (error) {
    whyNoOld = (error as Error).message;
  }
  await engine.start();
});

after(async () => {
  if (skip === false) await engine.dispose();
});

test("every example of the issue is here", () => {
  assert.deepEqual(names.toSorted(), ["c-scratch", "node-app", "python-web", "redis-counter", "static-site"]);
});

for (const which of ["docker", "docker 20.10"] as const) {
  describe(`examples with ${which}`, { skip }, () => {
    for (const name of names) {
      test(name, async (t) => {
        const docker = which === "docker" ? await dockerClient() : old;
        if (docker === undefined) {
          t.skip(`no docker 20.10 here: ${whyNoOld}`);
          return;
        }
        await runExample(join(examples, name), {
          docker,
          host: `unix://${engine.socket}`,
          name: `${name}-${which === "docker" ? "new" : "old"}`,
          environment: { DOCKER_CONFIG: join(engine.directory, "config"), DOCKER_BUILDKIT: "0" },
        });
        // Nothing of it is left in the way of the next one.
        assert.equal((await engine.docker("ps", "-aq")).stdout, "");
      });
    }
  });
}
