import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { dockerClient } from "../../suites/docker-clients.ts";
import { Drydockd, run, whyNot } from "../../suites/drydockd.ts";

const skip = whyNot();
const daemon = new Drydockd({ standIns: ["busybox"] });
const certificates = join(daemon.directory, "tls");
const file = join(daemon.directory, "daemon.json");
const groupSocket = join(daemon.directory, "group.sock");
const checkout = join(import.meta.dirname, "../../..");
const [securePort, plainPort] = [await freePort(), await freePort()];
const ownAddress =
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "192.0.2.1";
const settings = {
  hosts: [`tcp://127.0.0.1:${securePort}`, `unix://${groupSocket}`],
  group: "daemon",
  "default-address-pools": [{ base: "10.77.0.0/16", size: 28 }],
  "default-ulimits": { nofile: { Name: "nofile", Hard: 700, Soft: 600 } },
  "log-opts": { "max-size": "1m" },
  "dns-search": ["class.example"],
  "insecure-registries": ["registry.class.example:5000", "10.1.0.0/16", `${ownAddress}/32`],
  labels: ["room=12"],
  debug: true,
  tlsverify: true,
  tlscacert: join(certificates, "ca.pem"),
  tlscert: join(certificates, "server-cert.pem"),
  tlskey: join(certificates, "server-key.pem"),
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A program of ours, by this process's node. */
function node(script: string, ...args: string[]) {
  return run(process.execPath, ["--disable-warning=ExperimentalWarning", join(checkout, script), ...args]);
}

before(async () => {
  if (skip !== undefined) return;
  process.env["DRYDOCK_CONFIG"] = file;
  const made = await node("server/cli/main.ts", "tls", "127.0.0.1");
  assert.equal(made.status, 0, made.stderr);
  assert.match(made.stdout, /docker context create drydock/);
  assert.ok(made.stdout.includes(`In ${file}:`), "the certificates are beside the settings that name them");
  writeFileSync(file, JSON.stringify(settings));
  await daemon.start();
});
after(() => daemon.dispose());

test("the stock CLI works over mutual TLS, by a context too", { skip }, async () => {
  const docker = await dockerClient();
  const env = { DOCKER_CONFIG: join(daemon.directory, "client"), DOCKER_HOST: "" };
  const paths = ["ca", "cert", "key"].map((name) => join(certificates, `${name}.pem`));
  const flags = [
    "--tlsverify",
    ...["--tlscacert", "--tlscert", "--tlskey"].map((flag, i) => `${flag}=${paths[i] ?? ""}`),
  ];
  const direct = await run(docker, ["-H", `tcp://127.0.0.1:${securePort}`, ...flags, "network", "ls", "-q"], { env });
  assert.equal(direct.stdout.trim().split("\n").length, 3, direct.stderr);
  const endpoint = `host=tcp://127.0.0.1:${securePort},ca=${paths[0]},cert=${paths[1]},key=${paths[2]}`;
  const context = await run(docker, ["context", "create", "there", "--docker", endpoint], { env });
  assert.equal(context.status, 0, context.stderr);
  assert.equal((await run(docker, ["--context", "there", "version"], { env })).status, 0);
});

test("without a client's certificate nobody gets in", { skip }, async () => {
  const url = `https://127.0.0.1:${securePort}/_ping`;
  const { status } = await run("curl", ["-s", "--cacert", join(certificates, "ca.pem"), url]);
  assert.notEqual(status, 0);
});

test("who speaks in the clear to the port for TLS is told so, in dockerd's words", { skip }, async () => {
  const docker = await dockerClient();
  const { stderr } = await run(docker, ["-H", `tcp://127.0.0.1:${securePort}`, "ps"], { env: { DOCKER_HOST: "" } });
  assert.match(stderr, /Client sent an HTTP request to an HTTPS server\./);
  // Nothing, and what is neither: no answer, and the next one is served.
  for (const bytes of ["", "GE", "\0\0\0\0\0\0"]) {
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(securePort, "127.0.0.1", () => socket.end(bytes));
      let text = "";
      socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
      socket.on("error", () => resolve(text)).on("close", () => resolve(text));
    });
    assert.doesNotMatch(answer, /HTTP/);
  }
});

test("a connection goes on after a refusal of what would have taken it over", { skip }, async () => {
  const [ca, cert, key] = ["ca", "cert", "key"].map((name) => join(certificates, `${name}.pem`));
  const url = (path: string) => `https://127.0.0.1:${securePort}${path}`;
  const write = "%{http_code} %{num_connects}\\n";
  const tls = ["--cacert", ca ?? "", "--cert", cert ?? "", "--key", key ?? ""];
  const first = ["-s", ...tls, "-w", write, "-o", "/dev/null", "-H", "Content-Type: application/json", "-d", "{}"];
  const ping = ["-s", ...tls, "-w", write, "-o", "/dev/null"];
  const { stdout } = await run("curl", [...first, url("/exec/none/start"), "--next", ...ping, url("/_ping")]);
  assert.equal(stdout, "404 1\n200 0\n");
});

test("the sockets belong to the group that the file names", { skip }, () => {
  const gid = Number(/^daemon:[^:]*:(\d+):/m.exec(readFileSync("/etc/group", "utf8"))?.[1]);
  for (const socket of [groupSocket, daemon.socket]) {
    assert.equal(statSync(socket).gid, gid);
    assert.equal(statSync(socket).mode & 0o777, 0o660);
  }
});

test("what the file says holds for containers and networks", { skip }, async () => {
  const script = "ulimit -n; cat /etc/resolv.conf";
  const shown = await daemon.docker("run", "--name", "box", "busybox", "sh", "-c", script);
  assert.match(shown.stdout, /^600\n[^]*search class\.example/, shown.stderr);
  const log = await daemon.docker("inspect", "-f", "{{json .HostConfig.LogConfig}}", "box");
  assert.deepEqual(JSON.parse(log.stdout), { Type: "json-file", Config: { "max-size": "1m" } });
  await daemon.docker("network", "create", "pooled");
  const { stdout } = await daemon.docker("network", "inspect", "-f", "{{(index .IPAM.Config 0).Subnet}}", "pooled");
  assert.equal(stdout.trim(), "10.77.0.0/28");
});

test("info shows labels, debugging and insecure registries", { skip }, async () => {
  const { stdout } = await daemon.docker("info", "--format", "{{json .}}");
  const info = JSON.parse(stdout) as Record<string, unknown> & { RegistryConfig: Record<string, unknown> };
  assert.deepEqual([info["Labels"], info["Debug"]], [["room=12"], true]);
  const { InsecureRegistryCIDRs: blocks, IndexConfigs: indices } = info.RegistryConfig;
  assert.deepEqual(blocks, ["10.1.0.0/16", `${ownAddress}/32`, "127.0.0.0/8", "::1/128"]);
  assert.equal((indices as Record<string, { Secure: boolean }>)["registry.class.example:5000"]?.Secure, false);
});

test("an insecure registry is asked over plain HTTP", { skip }, async (context) => {
  const asked: string[] = [];
  const registry = createHttpServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(request.url === "/v2/" ? 200 : 404).end();
  });
  try {
    await new Promise<void>((resolve, reject) => registry.on("error", reject).listen(0, ownAddress, resolve));
  } catch {
    context.skip("this machine has no address but loopback");
    return;
  }
  const { port } = registry.address() as AddressInfo;
  const pull = await daemon.docker("pull", `${ownAddress}:${port}/x:1`);
  registry.close();
  assert.equal(pull.status, 1);
  assert.ok(asked.includes("/v2/x/manifests/1"), `${asked.join()}: ${pull.stderr}`);
});

test("SIGHUP takes over what can change, tells of it, and keeps the old when the file is wrong", { skip }, async () => {
  const since = String(Math.floor(Date.now() / 1_000) - 1);
  writeFileSync(file, JSON.stringify({ ...settings, dns: ["192.0.2.53"] }));
  process.kill(daemon.pid, "SIGHUP");
  const events = async () => {
    const until = String(Math.floor(Date.now() / 1_000) + 1);
    const { stdout } = await daemon.docker("events", "--since", since, "--until", until, "--filter", "type=daemon");
    return stdout;
  };
  while (!(await events()).includes("daemon reload")) await delay(50);
  assert.match(await events(), /dns=\["192\.0\.2\.53"\]/);
  writeFileSync(file, '{"nonsense": 1}');
  process.kill(daemon.pid, "SIGHUP");
  while (!daemon.log.includes("the configuration stays as it was")) await delay(50);
  assert.match(daemon.log, /the following directives don't match any configuration option: nonsense/);
});

test("--validate says what is wrong and starts nothing", { skip }, async () => {
  const wrong = await node("server/main.ts", "--validate", "--config-file", file);
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /unable to configure the Docker daemon with file .*nonsense/);
  writeFileSync(file, JSON.stringify({ hosts: [`tcp://127.0.0.1:${plainPort}`] }));
  const right = await node("server/main.ts", "--validate", "--config-file", file);
  assert.deepEqual([right.status, right.stderr], [0, "configuration OK\n"]);
});

test("plain TCP on loopback is there with a warning", { skip }, async () => {
  await daemon.restart();
  assert.equal(await (await fetch(`http://127.0.0.1:${plainPort}/_ping`)).text(), "OK");
  assert.match(daemon.log, /has no TLS/);
});
