/** Links and races in `docker cp`, bind mounts and the workspace that lead out of what is the attacker's. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { archive } from "../fakes/archives.ts";
import { dockerClient } from "../suites/docker-clients.ts";
import { skip, stageOfThisFile } from "./stage.ts";

const stage = stageOfThisFile();
const { good } = stage.engine;

const put = (path: string, tar: Buffer) => stage.upload("PUT", `/containers/cell/archive?path=${path}`, tar);
const get = (path: string) => stage.api("GET", `/containers/cell/archive?path=${path}`);

describe("docker cp", { skip }, () => {
  test("through a link to a file of the machine: the link means the container's own", async () => {
    good(await stage.inside(`ln -sfn ${stage.canary} /link`));
    const { text, status } = await get("/link");
    assert.equal(status, 200, "the link itself is copied");
    const { status: followed, text: told } = await get("/link/.");
    assert.equal(followed, 404, told);
    await stage.unharmed(text, told);
  });

  test("through a linked directory: out of the container", async () => {
    good(await stage.inside(`ln -sfn ${stage.trap} /dir`));
    const { status, text } = await get("/dir/canary");
    assert.equal(status, 404, text);
    await stage.unharmed(text);
  });

  test("into a linked directory of the machine", async () => {
    const { status, text } = await put("/dir", archive({ name: "planted", content: "x" }));
    assert.equal(status, 404, text);
    await stage.unharmed();
  });

  test("names with .. and links in the archive", async () => {
    good(await stage.inside("mkdir -p /in"));
    const up = await put("/in", archive({ name: `${"../".repeat(12)}${stage.trap.slice(1)}/planted`, content: "x" }));
    assert.match(up.text, /is outside of/);
    const hard = await put(
      "/in",
      archive({ name: "hard", type: "link", linkName: `${"../".repeat(12)}${stage.canary.slice(1)}` }),
    );
    assert.ok(hard.status >= 400, hard.text);
    const through = archive({ name: "l", type: "symlink", linkName: stage.trap }, { name: "l/planted", content: "x" });
    assert.ok((await put("/in", through)).status >= 400);
    await stage.unharmed();
  });

  test("devices and setuid files in the archive", async () => {
    const disk = await put("/in", archive({ name: "disk", type: "block", deviceMajor: 8, deviceMinor: 0 }));
    const opened = await stage.inside("head -c 1 /in/disk");
    assert.notEqual(opened.status, 0, disk.text);
    assert.equal((await put("/in", archive({ name: "suid", mode: 0o4755, content: "#!" }))).status, 200);
    assert.match(good(await stage.inside("stat -c %u /in/suid")), /^0$/);
    await stage.unharmed();
  });

  test("while a directory turns into a link and back, thousands of times", async () => {
    good(await stage.inside("mkdir -p /race/real && echo own > /race/real/canary && ln -sfn real /race/d"));
    const swap = `for(1..60000){unlink "/race/n";symlink(($_%2)?"${stage.trap}":"/race/real","/race/n");rename "/race/n","/race/d"}`;
    const racing = stage.inside(`perl -e '${swap}'`);
    const race = { over: false };
    void racing.finally(() => (race.over = true));
    let reads = 0;
    for (; !race.over && reads < 120; reads += 1) {
      // A file that changes its kind while it is sent breaks the answer off.
      const { text } = await get("/race/d/canary").catch(() => ({ text: "" }));
      assert.ok(!text.includes(stage.hostSecret), "a race was won");
      await put("/race/d", archive({ name: "planted", content: "x" })).catch(() => undefined);
    }
    good(await stage.inside("pkill -x perl; true"));
    await racing;
    assert.ok(reads > 10, String(reads));
    await stage.unharmed();
  });

  test("of /proc: not drydockd's own", async () => {
    const { status, text } = await get("/proc/self/environ");
    assert.ok(status >= 400 || !text.includes("DRYDOCK_"), text);
    await stage.unharmed(text);
  });
});

const workspaceFile = (path: string, content: string) =>
  stage.upload(
    "PUT",
    `/drydock/v1/workspace/file?path=${encodeURIComponent(path)}`,
    Buffer.from(content),
    "application/octet-stream",
  );

/** A container in which the attacker's own workspace is. */
async function inWorkspace(script: string) {
  return stage.attacker.docker("run", "--rm", "-v", "/workspace:/w", "debian", "sh", "-c", script);
}

describe("bind mounts and the workspace", { skip }, () => {
  test("a link in the workspace to a directory of the machine", async () => {
    good(await inWorkspace(`ln -sfn ${stage.trap} /w/out; ln -sfn ../../../../../../../.. /w/up`));
    for (const path of ["out", "up/etc", `up${stage.trap}`]) {
      const { stdout } = await stage.attacker.docker(
        "run",
        "--rm",
        "-v",
        `/workspace/${path}:/x`,
        "debian",
        "ls",
        "/x",
      );
      assert.equal(stdout, "", "the link means a path beneath the workspace, where there is nothing");
    }
    await stage.unharmed();
  });

  test("a link that is swapped while it is mounted", async () => {
    const swap = `mkdir -p /w/real; echo own > /w/real/canary; perl -e 'for(1..60000){unlink "/w/n";symlink(($_%2)?"${stage.trap}":"real","/w/n");rename "/w/n","/w/swap"}'`;
    const racing = stage.attacker.docker(
      "run",
      "--rm",
      "--name",
      "racer",
      "-v",
      "/workspace:/w",
      "debian",
      "sh",
      "-c",
      swap,
    );
    const told: string[] = [];
    for (let tries = 0; tries < 6; tries += 1) {
      const { stdout, stderr } = await stage.attacker.docker(
        "run",
        "--rm",
        "-v",
        "/workspace/swap:/x",
        "debian",
        "sh",
        "-c",
        "cat /x/canary; touch /x/planted",
      );
      told.push(stdout + stderr);
    }
    await stage.attacker.docker("kill", "racer");
    await racing;
    await stage.unharmed(...told);
  });

  test("the workspace's files by way of links, .. and absolute paths", async () => {
    const told: string[] = [];
    for (const path of [
      "out/canary",
      `up${stage.canary}`,
      "../../canary",
      stage.canary,
      "real/../../canary",
      "out/%2e%2e/canary",
    ]) {
      const read = await stage.api("GET", `/drydock/v1/workspace/file?path=${encodeURIComponent(path)}`);
      // Absolute paths and links lead to places beneath the workspace, where the attacker's own files may be.
      if (read.status < 400) assert.equal(read.text, "planted", path);
      const written = await workspaceFile(path, "planted");
      if (written.status < 300) assert.match(written.text, /"path"/);
      told.push(read.text);
    }
    await stage.unharmed(...told);
  });

  test("the workspace's archive, in and out", async () => {
    const out = await stage.api("GET", "/drydock/v1/workspace/tar?path=");
    const tar = archive({ name: "out/planted", content: "x" }, { name: "../planted", content: "x" });
    const { status, text } = await stage.upload("POST", "/drydock/v1/workspace/tar?path=", tar);
    assert.ok(status >= 400, text);
    await stage.unharmed(out.text);
  });

  test("a path of the machine that is not the workspace's is none of the attacker's sockets either", async () => {
    const own = await stage.attacker.docker(
      "run",
      "--rm",
      "-v",
      "/var/run/docker.sock:/s",
      "debian",
      "stat",
      "-c",
      "%F",
      "/s",
    );
    assert.equal(good(own), "socket");
    for (const path of ["/run/drydock/../..", "/run/drydock/web.sock", "/run/drydock/docker.sock/../../quigley"]) {
      const { status, stderr } = await stage.attacker.docker("run", "--rm", "-v", `${path}:/s`, "debian", "ls", "/s");
      assert.notEqual(status, 0);
      assert.match(stderr, /rule "binds"|does not exist/);
    }
    await stage.unharmed();
  });
});

test("the client of the attacker's can be any: nothing of it is trusted", { skip }, async () => {
  const { stderr } = await stage.engine.cli(
    await dockerClient(),
    ["cp", "-", "cell:/dir"],
    "no tar at all",
    stage.attacker.socket,
  );
  assert.notEqual(stderr, "");
  await stage.unharmed();
});

test("names that every object of JavaScript has, as keys and values, are names like others", { skip }, async () => {
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    const object = (value: unknown) => Object.fromEntries([[name, value]]);
    const body = {
      Image: "debian",
      Cmd: ["true"],
      ...object({ Privileged: true }),
      Labels: object("x"),
      ExposedPorts: object({}),
      Volumes: object({}),
      HostConfig: { ...object({ Privileged: true }), Tmpfs: object("x"), PortBindings: object([{ HostPort: "1" }]) },
      NetworkingConfig: { EndpointsConfig: object({ Aliases: [name] }), ...object({ EndpointsConfig: {} }) },
    };
    const text = Buffer.from(JSON.stringify(body));
    const made = await stage.upload("POST", `/containers/create?name=${name.slice(-6)}`, text, "application/json");
    assert.ok([201, 400, 404].includes(made.status), `${name}: ${made.status} ${made.text}`);
    for (const path of [`/containers/${name}/json`, `/images/${name}/json`, `/networks/${name}`, `/volumes/${name}`]) {
      assert.ok([400, 404].includes((await stage.api("GET", path)).status), path);
    }
    const filters = encodeURIComponent(JSON.stringify(object({ x: true })));
    assert.equal((await stage.api("GET", `/containers/json?filters=${filters}`)).status, 400, name);
  }
  await stage.unharmed();
});
