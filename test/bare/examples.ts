/**
 * Builds and runs every example with the docker command line on the Drydock that runs here: `examples.ts [SOCKET]`.
 * The client is the distribution's, taken out of its package. Ends with status 0 when each shows what it must.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { dockerClient } from "../suites/docker-clients.ts";
import { runExample } from "../suites/example-runner.ts";

const [socket = "/run/drydock/drydock.sock"] = process.argv.slice(2);
const examples = join(import.meta.dirname, "../../examples");
const docker = await dockerClient();

for (const entry of readdirSync(examples, { withFileTypes: true }).filter((each) => each.isDirectory())) {
  const started = Date.now();
  await runExample(join(examples, entry.name), {
    docker,
    host: `unix://${socket}`,
    name: `bare-${entry.name}`,
    environment: { DOCKER_BUILDKIT: "0", DOCKER_CONFIG: "/tmp/drydock-examples" },
  });
  console.log(`example ${entry.name}: as it must be (${((Date.now() - started) / 1000).toFixed(0)} s)`);
}
