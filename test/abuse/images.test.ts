/** Images and archives that were made to do harm. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, test } from "node:test";
import { type ArchiveEntry, archive } from "../fakes/archives.ts";
import { skip, stageOfThisFile } from "./stage.ts";

const stage = stageOfThisFile();
const { good } = stage.engine;

/** An image of one layer with these files, loaded as `name`. */
async function load(
  name: string,
  files: ArchiveEntry[],
  config: object = {},
  edit: (parts: { layer: Buffer; diffId: string; config: Buffer }) => ArchiveEntry[] = ({ layer, config: json }) => [
    { name: "layer.tar", content: layer },
    { name: "config.json", content: json },
    {
      name: "manifest.json",
      content: JSON.stringify([{ Config: "config.json", RepoTags: [`${name}:latest`], Layers: ["layer.tar"] }]),
    },
  ],
) {
  const layer = archive(...files);
  const diffId = `sha256:${createHash("sha256").update(layer).digest("hex")}`;
  const json = {
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{}],
  };
  return stage.upload(
    "POST",
    "/images/load",
    archive(...edit({ layer, diffId, config: Buffer.from(JSON.stringify(json)) })),
  );
}

describe("hostile images and archives", { skip }, () => {
  const refused = async (files: ArchiveEntry[], why: RegExp) => {
    const { status, text } = await load("hostile", files);
    assert.ok(status >= 400 || /"error"/.test(text), text);
    assert.match(text, why);
    assert.ok((await stage.api("GET", "/images/hostile/json")).status === 404, "it was loaded");
    await stage.unharmed(text);
  };

  test("a layer that writes beside its root", () =>
    refused([{ name: "../../../planted", content: "x" }], /\.\.|outside|leads out/));
  test("a layer with a hard link to a file of the machine", () =>
    refused([{ name: "h", type: "link", linkName: `../../../../../..${stage.canary}` }], /link|\.\.|outside/));
  test("a layer that writes through its own link", () =>
    refused(
      [
        { name: "l", type: "symlink", linkName: stage.trap },
        { name: "l/planted", content: "x" },
      ],
      /./,
    ).catch(async () => {
      // A link may be replaced by a directory of that name, as dockerd does.
      await stage.attacker.docker("rmi", "hostile");
      await stage.unharmed();
    }));
  test("a layer with the machine's disk in it: nothing opens it", async () => {
    await load("disk", [
      { name: "disk", type: "block", deviceMajor: 8, deviceMinor: 0, mode: 0o666 },
      { name: "mem", type: "character", deviceMajor: 1, deviceMinor: 1, mode: 0o666 },
    ]);
    await stage.build("disk-reader", "FROM debian\nCOPY --from=disk / /x/\n");
    const { status, stdout, stderr } = await stage.attacker.docker(
      "run",
      "--rm",
      "disk-reader",
      "head",
      "-c1",
      "/x/disk",
      "/x/mem",
    );
    assert.notEqual(status, 0, stdout);
    assert.match(
      stderr,
      /Permission denied|not permitted|No such file|No such image|Unable to find|pull access denied/,
    );
    await stage.unharmed();
  });

  test("a layer with a setuid program: nobody's root outside", async () => {
    good(
      await stage.attacker.docker(
        "run",
        "--name",
        "suid",
        "debian",
        "sh",
        "-c",
        "cp /bin/bash /rootshell; chmod 6755 /rootshell; mkdir /v; cp -p /rootshell /v",
      ),
    );
    good(await stage.attacker.docker("commit", "suid", "suid"));
    good(await stage.attacker.docker("run", "--rm", "-v", "suids:/v", "suid", "true"));
    // Somebody of the machine looks for what was planted, and runs it.
    const find = `find ${stage.engine.dataDirectory} -perm -4000 -name rootshell 2>/dev/null | while read f; do "$f" -p -c 'id -u'; done; echo over`;
    const { stdout } = spawnSync("setpriv", ["--reuid=12345", "--regid=12345", "--clear-groups", "sh", "-c", find], {
      encoding: "utf8",
    });
    assert.equal(stdout, "over\n", "a program of the attacker's runs as root");
    good(await stage.attacker.docker("rm", "suid"));
    await stage.unharmed();
  });

  test("an image that claims a layer which it does not bring: a neighbour's", async () => {
    const { text } = await stage.engine.call("GET", "/images/vault-image:1/json", undefined, stage.victim.socket);
    const diffId = (JSON.parse(text) as { RootFS: { Layers: string[] } }).RootFS.Layers.at(-1) ?? "";
    const json = JSON.stringify({
      architecture: "amd64",
      os: "linux",
      config: {},
      rootfs: { type: "layers", diff_ids: [diffId] },
      history: [{}],
    });
    const none = archive();
    for (const layers of [["layer.tar"], [], [`blobs/sha256/${diffId.slice(7)}`]]) {
      const answer = await load("stolen", [], {}, () => [
        ...(layers.includes("layer.tar") ? [{ name: "layer.tar", content: none }] : []),
        { name: "config.json", content: json },
        {
          name: "manifest.json",
          content: JSON.stringify([{ Config: "config.json", RepoTags: ["stolen:latest"], Layers: layers }]),
        },
      ]);
      assert.ok(answer.status >= 400 || /"error"/.test(answer.text), answer.text);
      assert.equal((await stage.api("GET", "/images/stolen/json")).status, 404);
    }
    await stage.unharmed();
  });

  test("an archive whose parts are links to files of the machine", async () => {
    const answer = await load("linked", [], {}, ({ config }) => [
      { name: "config.json", content: config },
      { name: "layer.tar", type: "symlink", linkName: stage.canary },
      {
        name: "manifest.json",
        content: JSON.stringify([{ Config: "config.json", RepoTags: ["linked:latest"], Layers: ["layer.tar"] }]),
      },
    ]);
    assert.ok(answer.status >= 400 || /"error"/.test(answer.text), answer.text);
    const manifest = await load("linked", [], {}, () => [
      {
        name: "manifest.json",
        content: JSON.stringify([{ Config: stage.canary, RepoTags: null, Layers: ["../../canary", stage.canary] }]),
      },
    ]);
    assert.ok(manifest.status >= 400 || /"error"/.test(manifest.text), manifest.text);
    await stage.unharmed(answer.text, manifest.text);
  });

  test("a config or a manifest of absurd sizes, depths and keys", async () => {
    const entry = (more: object = {}) => ({
      Config: "config.json",
      RepoTags: ["odd:1"],
      Layers: ["layer.tar"],
      ...more,
    });
    const text = (json: Buffer) => json.toString();
    const odd: Record<string, { config?: (json: Buffer) => string; manifest?: string | Buffer; twice?: boolean }> = {
      "a hundred thousand layers": { manifest: JSON.stringify([entry({ Layers: Array(100_000).fill("layer.tar") })]) },
      "a hundred thousand diffIDs": {
        config: (json) =>
          text(json).replace(
            /"diff_ids":\[("sha256:\w+")\]/,
            (_, id: string) => `"diff_ids":[${Array(100_000).fill(id).join()}]`,
          ),
      },
      "a hundred thousand images": { manifest: JSON.stringify(Array(100_000).fill(entry())) },
      "a hundred thousand names": {
        manifest: JSON.stringify([entry({ RepoTags: Array.from({ length: 100_000 }, (_, n) => `odd:${n}`) })]),
      },
      "an endless depth": { config: () => "[".repeat(4_000_000) },
      "a depth beneath what is read": {
        config: (json) => text(json).replace('"config":{}', `"config":{"x":${"[".repeat(5_000)}${"]".repeat(5_000)}}`),
      },
      "more than a config has": {
        config: (json) => text(json).replace('"config":{}', `"author":"${"x".repeat(9 << 20)}"`),
      },
      "numbers that are none": {
        config: (json) =>
          text(json).replace('"config":{}', '"config":{"StopTimeout":1e999,"Healthcheck":{"Interval":-1e300}}'),
      },
      "keys of every object": {
        config: (json) =>
          text(json).replace(
            '"config":{}',
            '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"config":{"Labels":{"__proto__":"x","toString":"y"},"ExposedPorts":{"__proto__":{}},"Volumes":{"__proto__":{}}}',
          ),
      },
      "itself as its own config": { manifest: JSON.stringify([entry({ Config: "manifest.json" })]) },
      "a manifest that is no list": { manifest: '{"length":1e9}' },
      "a manifest of nothing": { manifest: "[null]" },
      "each file several times": { twice: true },
    };
    for (const [what, { config, manifest, twice }] of Object.entries(odd)) {
      const { status, text: said } = await load(
        "odd",
        [{ name: "x", content: what }],
        {},
        ({ layer, config: json }) => {
          const files = [
            { name: "layer.tar", content: layer },
            { name: "config.json", content: config?.(json) ?? json },
            { name: "manifest.json", content: manifest ?? JSON.stringify([entry()]) },
          ];
          return twice === true ? [...files, ...files, ...files] : files;
        },
      );
      const taken = /each file|keys of every/.test(what);
      if (!taken) assert.ok(status >= 400 || /"error"/.test(said), `${what}: ${status} ${said.slice(0, 300)}`);
      assert.doesNotMatch(said, /TypeError|RangeError|Cannot read|internal error/i, what);
      const info = await stage.api("GET", "/images/json");
      assert.equal((JSON.parse(info.text) as { polluted?: number }[]).at(0)?.polluted, undefined);
      await stage.api("DELETE", "/images/odd:1?force=1");
      await stage.unharmed(said);
    }
    assert.equal((await stage.api("GET", "/images/odd:1/json")).status, 404);
  });

  test("a bomb: a gibibyte of nothing in a megabyte, again and again", async () => {
    const zeros = gzipSync(archive({ name: "zeros", content: Buffer.alloc(64 * 1024 ** 2) }));
    const { socket } = await stage.engine.tenant("small", "public", { disk: 32 * 1024 ** 2 });
    const held = stage.attacker;
    stage.attacker = { ...held, socket };
    const answer = await stage.upload("POST", "/build?t=bomb", zeros).finally(() => (stage.attacker = held));
    assert.ok(answer.status >= 400 || /"error"/.test(answer.text), answer.text);
    assert.match(answer.text, /disk|limit|more than|too large/i);
    await stage.unharmed();
  });

  test("names and labels that would be something to a shell, a log or the runtime", async () => {
    const labels = {
      "run.oci.hooks.stdout": `${stage.trap}/planted`,
      "run.oci.handler": "wasm",
      "a\nb": "c\n2026 operator 200 DELETE /",
      "io.containerd.runc.v2.group": "quigley",
    };
    await load("labels", [{ name: "x", content: "" }], { Labels: labels, Env: ["LD_PRELOAD=/x", "PATH=/tmp"] });
    const made = await stage.api("POST", "/containers/create?name=labelled", {
      Image: "debian",
      Cmd: ["true"],
      Labels: labels,
    });
    assert.equal(made.status, 201, made.text);
    good(await stage.attacker.docker("start", "-a", "labelled"));
    good(await stage.attacker.docker("rm", "labelled"));
    for (const name of ["../../planted", "a/b", "-x", "a\nb", "a b"]) {
      const { status } = await stage.api("POST", `/containers/create?name=${encodeURIComponent(name)}`, {
        Image: "debian",
      });
      assert.equal(status, 400, name);
    }
    for (const name of ["../../planted", "a/b", ".", "/etc"]) {
      const { status } = await stage.api("POST", "/volumes/create", { Name: name });
      assert.equal(status, 400, name);
    }
    await stage.unharmed();
  });
});

describe("images whose own files are links to the machine", { skip }, () => {
  const linked = (name: string, link: string, to: string) =>
    stage.build(name, `FROM debian\nRUN rm -rf ${link} && mkdir -p $(dirname ${link}) && ln -s ${to} ${link}\n`);

  test("/etc/passwd: users of the machine are not looked up", async () => {
    await linked("l-passwd", "/etc/passwd", `${stage.trap}/passwd`);
    const { status, stderr } = await stage.attacker.docker("run", "--rm", "-u", "hostuser", "l-passwd", "id");
    assert.notEqual(status, 0);
    assert.match(stderr, /unable to find user hostuser/);
    await stage.unharmed();
  });

  for (const link of ["/etc", "/dev", "/etc/hosts", "/etc/resolv.conf", "/proc", "/sys"]) {
    test(`${link}: what the engine lays there stays in the container`, async () => {
      await linked("l-place", link, link.includes("hosts") || link.includes("resolv") ? stage.canary : stage.trap);
      const { stdout, stderr } = await stage.attacker.docker(
        "run",
        "--rm",
        "l-place",
        "sh",
        "-c",
        `echo planted > ${stage.trap}/planted; cat ${stage.canary}`,
      );
      await stage.unharmed(stdout, stderr);
    });
  }

  test("a working directory beneath it is not made on the machine", async () => {
    await linked("l-work", "/work", stage.trap);
    await stage.attacker.docker("run", "--rm", "-w", "/work/planted", "l-work", "touch", "x");
    await stage.build(
      "l-workdir",
      "FROM l-work\nWORKDIR /work/planted\nRUN touch x\nCOPY Dockerfile /work/\nADD Dockerfile /work/planted/\n",
    );
    await stage.unharmed();
  });

  test("a working directory in the runtime's own descriptors", async () => {
    for (const fd of [3, 7, 9]) {
      const { stdout, stderr } = await stage.attacker.docker(
        "run",
        "--rm",
        "-w",
        `/proc/self/fd/${fd}`,
        "debian",
        "cat",
        `../../../../../../../..${stage.canary}`,
      );
      await stage.unharmed(stdout, stderr);
    }
    const outcome = await stage.attacker.docker(
      "exec",
      "-w",
      "/proc/self/fd/7",
      "cell",
      "cat",
      `../../../../../../../..${stage.canary}`,
    );
    await stage.unharmed(outcome.stdout);
  });

  test("mounts onto it", async () => {
    await linked("l-mount", "/m", stage.trap);
    for (const option of ["-vfresh:/m", "--tmpfs=/m/planted", "-v/workspace:/m/planted", "-v/m", "-v/m/sub"]) {
      const { stdout, stderr } = await stage.attacker.docker(
        "run",
        "--rm",
        option,
        "l-mount",
        "sh",
        "-c",
        "ls /m; cat /m/canary",
      );
      await stage.unharmed(stdout, stderr);
    }
    await stage.attacker.docker("volume", "rm", "-f", "fresh");
  });

  test("the program is the runtime itself", async () => {
    const { stdout, stderr } = await stage.attacker.docker(
      "run",
      "--rm",
      "--entrypoint",
      "/proc/self/exe",
      "debian",
      "--version",
    );
    assert.doesNotMatch(stdout + stderr, /crun version|runc version|commit:/);
    await stage.unharmed();
  });

  test("exported, compared and committed", async () => {
    const id = good(await stage.attacker.docker("create", "l-mount", "true"));
    const told = await stage.api("GET", `/containers/${id}/export`);
    good(await stage.attacker.docker("diff", id));
    good(await stage.attacker.docker("commit", id, "l-committed"));
    good(await stage.attacker.docker("rm", id));
    await stage.unharmed(told.text);
  });
});
