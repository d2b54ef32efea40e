import assert from "node:assert/strict";
import { globSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { onPath } from "../../server/cli/apt.ts";
import { dockerClient } from "../suites/docker-clients.ts";
import { Drydockd, type Outcome, run, whyNot } from "../suites/drydockd.ts";
import { makeBaseImage } from "./harness/base-image.ts";

/** Clients of other projects, each in a use of its kind: build, run, look, clean up. */
const skip = whyNot() ?? false;
const engine = new Drydockd();

before(async () => {
  if (skip !== false) return;
  await engine.start();
  good(await engine.docker("load", "-i", await makeBaseImage(engine.directory)));
});

after(async () => {
  if (skip === false) await engine.dispose();
});

function good({ status, stdout, stderr }: Outcome): string {
  assert.equal(status, 0, `${stdout}\n${stderr}\n${engine.log}`);
  return stdout.trim();
}

/** Why there is no such client here. */
function whyWithout(program: string): string | false {
  if (skip !== false) return skip;
  return onPath(program) === undefined && `no ${program} on PATH: a package of the distribution has it`;
}

const docker = globSync("/usr/lib/python3/dist-packages/docker/__init__.py").length > 0;
const whyNoDockerPy = skip === false ? !docker && "no python3-docker here" : skip;

test(
  "docker-py: build, run, logs, exec, archive, events, networks, volumes, prune",
  { skip: whyNoDockerPy },
  async () => {
    const script = join(import.meta.dirname, "clients/docker_py.py");
    const outcome = await run("/usr/bin/python3", [script, `unix://${engine.socket}`]);
    assert.equal(good(outcome).split("\n").at(-1), "all went well");
    assert.equal(good(await engine.docker("ps", "-aq")), "");
  },
);

test(
  "docker-compose 1.29: build, up, ps, logs, exec, scale, recreate, down",
  { skip: whyWithout("docker-compose") },
  async () => {
    const project = join(engine.directory, "project");
    mkdirSync(join(project, "web"), { recursive: true });
    writeFileSync(
      join(project, "web/Dockerfile"),
      'FROM busybox\nCOPY page /www/page\nCMD ["httpd", "-f", "-h", "/www"]\n',
    );
    writeFileSync(join(project, "web/page"), "from the page\n");
    writeFileSync(
      join(project, "docker-compose.yml"),
      `version: "3.7"
services:
  web: { build: ./web, volumes: ["kept:/kept"], healthcheck: { test: "true", interval: 1s } }
  asker: { image: busybox, depends_on: [web], command: sh -c "until wget -qO- web/page; do sleep 0.1; done; sleep 100", stop_grace_period: 0s }
volumes: { kept: {} }
`,
    );
    // Its exec is docker's own, which it looks for on PATH.
    const path = `${dirname(await dockerClient())}:${process.env["PATH"] ?? ""}`;
    const host = `unix://${engine.socket}`;
    const env = { DOCKER_HOST: host, DOCKER_BUILDKIT: "0", COMPOSE_DOCKER_CLI_BUILD: "0", PATH: path };
    const compose = (...args: string[]) =>
      run("docker-compose", ["--project-directory", project, "-f", join(project, "docker-compose.yml"), ...args], {
        env,
      });
    good(await compose("build"));
    good(await compose("up", "-d"));
    assert.match(good(await compose("ps")), /project[-_]asker[-_]1 .* Up[\s\S]*project[-_]web[-_]1 .* Up/);
    let logs = "";
    while (!logs.includes("from the page")) logs = good(await compose("logs", "--no-color", "asker"));
    assert.match(logs, /asker[-_]1\s+\| from the page/);
    assert.equal(good(await compose("exec", "-T", "web", "cat", "/www/page")), "from the page");
    good(await compose("up", "-d", "--scale", "asker=2"));
    assert.equal(good(await compose("ps", "-q", "asker")).split("\n").length, 2);
    good(await compose("restart", "-t", "0", "asker"));
    good(await compose("up", "-d", "--force-recreate"));
    assert.match(good(await compose("config", "--services")), /web/);
    good(await compose("down", "-v", "-t", "0", "--rmi", "local"));
    assert.equal(good(await engine.docker("ps", "-aq")), "");
    assert.doesNotMatch(good(await engine.docker("volume", "ls", "-q")), /project_kept/);
    assert.doesNotMatch(good(await engine.docker("network", "ls")), /project_default/);
  },
);

test("testcontainers: build, wait for a port, two containers on a network, exec, files, logs", { skip }, async () => {
  const context = join(engine.directory, "context");
  mkdirSync(context, { recursive: true });
  writeFileSync(
    join(context, "Dockerfile"),
    'FROM busybox\nWORKDIR /www\nRUN echo from the image > page\nCMD ["httpd", "-f", "-p", "8080", "-h", "/www"]\n',
  );
  const script = join(import.meta.dirname, "clients/testcontainers.ts");
  // Its watchdog is an image of Docker Hub.
  const env = { DOCKER_HOST: `unix://${engine.socket}`, TESTCONTAINERS_RYUK_DISABLED: "true" };
  good(await run(process.execPath, [script, context], { env }));
  assert.equal(good(await engine.docker("ps", "-aq")), "");
});

test("skopeo: inspect, copy out of and into the daemon", { skip: whyWithout("skopeo") }, async () => {
  const daemon = ["--daemon-host", `unix://${engine.socket}`];
  const inspected = good(await run("skopeo", ["inspect", ...daemon, "docker-daemon:busybox:latest"]));
  assert.deepEqual((JSON.parse(inspected) as { Layers: string[] }).Layers.length, 1);
  const directory = join(engine.directory, "copied");
  const policy = ["--insecure-policy", "copy"];
  good(
    await run("skopeo", [
      ...policy,
      "--src-daemon-host",
      daemon[1] ?? "",
      "docker-daemon:busybox:latest",
      `dir:${directory}`,
    ]),
  );
  good(
    await run("skopeo", [
      ...policy,
      "--dest-daemon-host",
      daemon[1] ?? "",
      `dir:${directory}`,
      "docker-daemon:again:1",
    ]),
  );
  assert.equal(good(await engine.docker("run", "--rm", "again:1", "echo", "hi")), "hi");
  assert.equal(
    good(await engine.docker("inspect", "-f", "{{json .RootFS}}", "again:1")),
    good(await engine.docker("inspect", "-f", "{{json .RootFS}}", "busybox")),
  );
});
