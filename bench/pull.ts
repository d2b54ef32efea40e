import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Api } from "./api.ts";
import { size } from "./sizes.ts";

const layers = 6;
const layerBytes = size(50, 1) * 1024 ** 2;

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** An OCI layout of `layers` layers that do not compress, pushed with skopeo to a registry started for it. */
async function startRegistry(scratch: string): Promise<{ port: number; registry: ChildProcess }> {
  const port = await freePort();
  const config = `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${join(scratch, "registry")}}}\nhttp: {addr: "127.0.0.1:${port}"}\n`;
  writeFileSync(join(scratch, "config.yml"), config);
  const registry = spawn("docker-registry", ["serve", join(scratch, "config.yml")], { stdio: "ignore" });
  for (let tries = 0; tries < 100; tries++) {
    const up = await fetch(`http://127.0.0.1:${port}/v2/`).then(
      () => true,
      () => false,
    );
    if (up) return { port, registry };
    await sleep(50);
  }
  registry.kill();
  throw new Error("docker-registry did not start");
}

function tagOf(round: number): string {
  return `round${round + 1}`;
}

function pushImage(scratch: string, port: number, tag: string): void {
  const image = join(scratch, "image");
  const archive = join(scratch, "archive");
  mkdirSync(archive);
  const names: string[] = [];
  for (let index = 0; index < layers; index++) {
    mkdirSync(join(image, `l${index}`), { recursive: true });
    writeFileSync(join(image, `l${index}`, `blob${index}`), randomBytes(layerBytes));
    execFileSync("tar", ["-C", join(image, `l${index}`), "-cf", join(archive, `l${index}.tar`), "."]);
    names.push(`l${index}.tar`);
  }
  const diffIds = names.map(
    (name) => `sha256:${execFileSync("sha256sum", [join(archive, name)], { encoding: "utf8" }).slice(0, 64)}`,
  );
  writeFileSync(
    join(archive, "config.json"),
    JSON.stringify({
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      os: "linux",
      config: {},
      rootfs: { type: "layers", diff_ids: diffIds },
    }),
  );
  writeFileSync(
    join(archive, "manifest.json"),
    JSON.stringify([{ Config: "config.json", RepoTags: ["pull:latest"], Layers: names }]),
  );
  execFileSync("tar", ["-C", archive, "-cf", join(scratch, "image.tar"), "."]);
  execFileSync(
    "skopeo",
    [
      "copy",
      "--insecure-policy",
      "--dest-tls-verify=false",
      `docker-archive:${join(scratch, "image.tar")}`,
      `docker://127.0.0.1:${port}/pull:${tag}`,
    ],
    { stdio: "ignore" },
  );
  for (const made of [image, archive, join(scratch, "image.tar")]) rmSync(made, { recursive: true });
}

/**
 * Pull of 300 MB from a registry on loopback. Each round has an image of its own, for an engine may keep the layers of
 * a removed image for a while.
 * @param rounds from -1, the one that is not counted, to `rounds - 1`
 */
export async function pullCase(rounds: number): Promise<{
  name: string;
  run: (api: Api, round: number) => Promise<void>;
  stop: () => Promise<void>;
}> {
  const scratch = mkdtempSync(join(tmpdir(), "drydock-pull-"));
  const { port, registry } = await startRegistry(scratch);
  for (let round = -1; round < rounds; round++) pushImage(scratch, port, tagOf(round));
  const name = `127.0.0.1:${port}/pull`;
  return {
    name: `pull of ${(layers * layerBytes) / 1024 ** 2} MB from a loopback registry, and removal`,
    run: async (api, round) => {
      await api.call("POST", `/images/create?fromImage=${encodeURIComponent(name)}&tag=${tagOf(round)}`);
      await api.call("DELETE", `/images/${name}:${tagOf(round)}`);
    },
    stop: async () => {
      const gone = new Promise((resolve) => registry.once("exit", resolve));
      registry.kill();
      await gone;
      rmSync(scratch, { recursive: true });
    },
  };
}
