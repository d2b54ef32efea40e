import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { BuildEvent } from "../../../server/contract/build-events.ts";
import type { BuildStart, BuildSummary } from "../../../server/contract/extension-api.ts";
import { engineOfThisFile, type TenantClient, whyNot } from "../../suites/drydockd.ts";
import { eventsOf, startBuild } from "../faults/building.ts";
import { json, send } from "../faults/http.ts";
import { startRegistry, whyNoRegistry } from "../remotes/registry.ts";

const skip = whyNot() ?? false;
const engine = engineOfThisFile({ pull: ["busybox"] });

async function start(build: Partial<BuildStart>, headers: Record<string, string> = {}): Promise<BuildSummary> {
  const { status, text } = await send(engine.socket, "/drydock/v1/builds", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ contextPath: "app", tags: [], ...build }),
  });
  assert.equal(status, 202, text);
  return JSON.parse(text) as BuildSummary;
}

async function events(build: Partial<BuildStart>, headers?: Record<string, string>): Promise<BuildEvent[]> {
  return eventsOf(engine.socket, (await start(build, headers)).id);
}

/** What its steps wrote. @throws AssertionError: it has failed */
async function output(build: Partial<BuildStart>): Promise<string> {
  const told = await events({ noCache: true, ...build });
  assert.equal(told.at(-1)?.type, "completed", JSON.stringify(told.at(-1)));
  return told.flatMap((event) => (event.type === "log" ? [event.text] : [])).join("");
}

describe("what a build of the workspace may ask for", { skip }, () => {
  before(async () => {
    const body = "FROM busybox\nRUN true\n";
    await send(engine.socket, "/drydock/v1/workspace/file?path=app/Dockerfile", { method: "PUT", body });
  });

  test("hosts, no network, limits, a larger /dev/shm, in a Dockerfile that is not in the context", async () => {
    const said = await output({
      dockerfileText:
        "FROM busybox\nCOPY Dockerfile /\nRUN cat /etc/hosts; ls /sys/class/net; ulimit -n; df -k /dev/shm\n",
      extraHosts: ["special:10.1.2.3"],
      network: "none",
      ulimits: [{ name: "nofile", soft: 60, hard: 70 }],
      shmSize: 8 << 20,
    });
    assert.match(said, /10\.1\.2\.3\s+special\n/);
    assert.match(said, /\nlo\n60\n/);
    assert.match(said, /\s8192\s/);
  });

  test("a context named as for docker build: with slashes and dots, or left out", async () => {
    for (const [contextPath, dockerfile, inside] of [
      ["./app/", "Dockerfile", "app"],
      ["/app", "Dockerfile", "app"],
      [".", "app/Dockerfile", ""],
    ] as const) {
      const build = await start({ contextPath, dockerfile });
      assert.equal(build.contextPath, inside);
      assert.equal((await eventsOf(engine.socket, build.id)).at(-1)?.type, "completed");
    }
  });

  test("another platform: the image is of it, and so are the arguments", async () => {
    const dockerfileText = `FROM --platform=$BUILDPLATFORM busybox AS made
ARG TARGETPLATFORM TARGETARCH TARGETVARIANT BUILDARCH
RUN echo "$TARGETPLATFORM $TARGETARCH $TARGETVARIANT" > /of
FROM scratch
COPY --from=made /of /of
`;
    await output({ dockerfileText, platform: "linux/arm/v6", tags: ["foreign"] });
    const image = await json<{ Architecture: string; Variant: string }>(engine.socket, "GET", "/images/foreign/json");
    assert.deepEqual([image.Architecture, image.Variant], ["arm", "v6"]);
    const { id } = await start({ dockerfileText, platform: "linux/arm/v6", outputs: ["out"] });
    await eventsOf(engine.socket, id);
    const { text } = await send(engine.socket, "/drydock/v1/workspace/file?path=out/of");
    assert.equal(text, "linux/arm/v6 arm v6\n");
  });

  test("RUN --security=insecure where the build asks for it and the policy has --privileged", async () => {
    const mount = "mount -t tmpfs none /mnt && echo mounted || echo refused";
    const dockerfileText = `FROM busybox\nRUN mkdir /mnt\nRUN --security=insecure ${mount}\nRUN ${mount}\n`;
    assert.match(await output({ dockerfileText, allow: ["security.insecure"] }), /^mounted\n[^]*refused\n/);
    const unasked = (await events({ dockerfileText })).at(-1);
    assert.ok(unasked?.type === "failed", JSON.stringify(unasked));
    assert.match(unasked.error.message, /^RUN --security=insecure is not allowed here/);
    assert.match(unasked.error.hint ?? "", /"allow": \["security.insecure"\]/);
  });

  test("what is wrong is refused before it begins", async () => {
    for (const [build, words] of [
      [{ platform: "linux/a/b/c" }, /cannot parse platform specifier/],
      [{ platform: "linux/amd64,linux/arm64" }, /an image here is of one platform: build once for each/],
      [{ allow: ["network.host"] }, /unknown entitlement .{0,2}network\.host.*security\.insecure/],
      [{ extraHosts: ["nowhere"] }, /bad format for add-host: .{0,2}nowhere/],
      [{ dockerfile: "../Dockerfile" }, /leads out of the context: give its text/],
    ] as const) {
      const body = JSON.stringify({ contextPath: "app", tags: [], ...build });
      const headers = { "Content-Type": "application/json" };
      const answer = await send(engine.socket, "/drydock/v1/builds", { method: "POST", headers, body });
      assert.deepEqual([answer.status, words.test(answer.text)], [400, true], answer.text);
    }
  });

  test("a registry with a password, for base image, cache and push", { skip: whyNoRegistry() ?? false }, async () => {
    const registry = await startRegistry("auth: {htpasswd: {realm: test, path: @directory@/htpasswd}}");
    try {
      const config = { [registry.host]: { username: "user", password: "secret" } };
      const headers = { "X-Registry-Config": Buffer.from(JSON.stringify(config)).toString("base64url") };
      const base = `${registry.host}/base:1`;
      const build = {
        outputs: [`type=image,name=${base},push=true`],
        cacheTo: [`type=registry,ref=${registry.host}/base:cache`],
      };
      const refused = (await events(build)).at(-1);
      assert.equal(refused?.type, "failed");
      assert.match(JSON.stringify(refused), /unauthorized|authentication required|no basic auth credentials/);
      assert.equal((await events(build, headers)).at(-1)?.type, "completed");

      await send(engine.socket, `/images/${base}?force=true`, { method: "DELETE" });
      const on = { dockerfileText: `FROM ${base}\nRUN true\n` };
      assert.equal((await events(on)).at(-1)?.type, "failed");
      assert.equal((await events(on, headers)).at(-1)?.type, "completed");

      await send(engine.socket, "/build/prune?all=1", { method: "POST" });
      const cacheFrom = [`${registry.host}/base:cache`];
      const ran = (await events({ cacheFrom }, headers)).flatMap((event) =>
        event.type === "vertex-completed" && event.reason.detail.includes("last ran") ? [event.cached] : [],
      );
      assert.deepEqual(ran, [true], "the step came out of the registry");
      const { text } = await send(engine.socket, "/drydock/v1/builds");
      assert.doesNotMatch(text, /secret/);
    } finally {
      await registry.stop();
    }
  });
});

describe("names and proxies, for somebody under the policy public", { skip }, () => {
  let learner: TenantClient;
  const docker = async (...args: string[]) => engine.good(await learner.docker(...args)).trim();

  before(async () => {
    learner = await engine.tenant("learner", "public");
    await docker("pull", "-q", "busybox");
  });

  test("nslookup finds a container by its name", async () => {
    await docker("network", "create", "class");
    const on = ["--network", "class"];
    await docker("run", "-d", "--name", "db", ...on, "busybox", "sleep", "1000");
    const address = await docker("inspect", "-f", "{{.NetworkSettings.Networks.class.IPAddress}}", "db");
    const said = await docker("run", "--rm", ...on, "busybox", "nslookup", "-type=a", "db");
    assert.match(said, /Server:\s+127\.0\.0\.11/);
    assert.match(said, new RegExp(`Address(?: \\d+)?: +${address.replaceAll(".", "\\.")}\\b`));
  });

  test("a step goes by the proxy that its build is given, of which the image has nothing", async () => {
    const answer = 'read line; printf "HTTP/1.0 200 OK\\r\\n\\r\\nby the proxy: $line"';
    await docker("run", "-d", "--name", "proxy", "busybox", "nc", "-ll", "-p", "3128", "-e", "sh", "-c", answer);
    const address = await docker("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "proxy");
    const dockerfile = "FROM busybox\nRUN until wget -qO- http://packages.example/list; do sleep 0.2; done\n";
    const proxied = { buildArgs: { http_proxy: `http://${address}:3128` }, tags: ["proxied"] };
    const { id } = await startBuild(learner.socket, dockerfile, proxied);
    const told = await eventsOf(learner.socket, id);
    const said = told.flatMap((event) => (event.type === "log" ? [event.text] : [])).join("");
    assert.match(said, /by the proxy: GET http:\/\/packages\.example\/list HTTP/, JSON.stringify(told.at(-1)));
    const kept = (await docker("inspect", "proxied")) + (await docker("history", "--no-trunc", "proxied"));
    assert.doesNotMatch(kept, /3128|http_proxy/);
  });
});
