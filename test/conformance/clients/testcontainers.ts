import assert from "node:assert/strict";
import { join } from "node:path";
import { GenericContainer, Network, Wait } from "testcontainers";

// A build, a port found by its wait, two containers on one network, exec, files in and out: what test suites do with it.
const context = process.argv[2] ?? ".";
const image = await GenericContainer.fromDockerfile(context).build();
const network = await new Network().start();
const web = await image
  .withNetwork(network)
  .withNetworkAliases("web")
  .withExposedPorts(8080)
  .withCopyContentToContainer([{ content: "copied in\n", target: "/www/copied" }])
  .withWaitStrategy(Wait.forListeningPorts())
  .start();
try {
  const url = `http://${web.getHost()}:${web.getMappedPort(8080)}`;
  assert.equal(await (await fetch(`${url}/page`)).text(), "from the image\n");
  assert.equal(await (await fetch(`${url}/copied`)).text(), "copied in\n");
  const { output, exitCode } = await web.exec(["cat", "/www/page"]);
  assert.deepEqual([output, exitCode], ["from the image\n", 0]);
  const client = await new GenericContainer("busybox:latest")
    .withNetwork(network)
    .withCommand(["sh", "-c", "wget -qO- http://web:8080/page; echo ready; exec sleep 600"])
    .withWaitStrategy(Wait.forLogMessage("ready"))
    .start();
  // The library lets go of its own connections: something must keep this process.
  setInterval(() => {}, 1000);
  const logs = await client.logs();
  const said = await new Promise<string>((resolve, reject) => {
    let text = "";
    logs.on("error", reject).on("data", (chunk: unknown) => {
      text += String(chunk);
      if (text.includes("ready")) resolve(text);
    });
  });
  assert.match(said, /from the image/);
  await client.stop();
} finally {
  await web.stop();
  await network.stop();
}
process.stdout.write(`all went well in ${join(context)}\n`);
process.exit(0);
