import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startDrydock } from "../../../bench/engines.ts";
import { oldDockerClient } from "../../suites/docker-clients.ts";
import { type Outcome, run } from "../../suites/run.ts";
import type { RecordedImage } from "./recorded.ts";
import { ReferenceEngine } from "./reference.ts";
import { changesOn, configOf, historyOn, readSaved, type SavedImage } from "./saved-image.ts";
import { comparable, makeStack, withoutDigests } from "./stacks.ts";
import { type ToolchainStack, toolchainStacks } from "./toolchain-stacks.ts";

/*
 * Builds projects in Go, Rust and Java with ours and with dockerd's two builders, on the distribution's compilers, and
 * tells where the images differ: npm run test:toolchains [-- Go Rust] (root, package sources that are reached, 5 GB,
 * minutes).
 */

type Docker = (...args: string[]) => Promise<Outcome>;

const scratch = mkdtempSync(path.join(tmpdir(), "toolchains-"));
const reference = new ReferenceEngine();
const ours = await startDrydock(["debian"]);
let different = 0;
try {
  await reference.start();
  const client = await oldDockerClient();
  const env = { DOCKER_HOST: `unix://${ours.socket}`, DOCKER_CONFIG: scratch };
  const docker: Docker = (...args) => run(client, args, { env });
  must(await docker("pull", "-q", "debian"));
  const builders: Record<string, Docker> = {
    ours: docker,
    classic: (...args) => reference.docker(args),
    buildkit: (...args) => reference.docker(args, { buildkit: true }),
  };
  const asked = process.argv.slice(2);
  const chosen = toolchainStacks.filter(({ name }) => asked.length === 0 || asked.some((word) => name.startsWith(word)));
  for (const stack of chosen) {
    const base = await makeBase(stack, docker);
    const made: Record<string, RecordedImage> = {};
    for (const [name, build] of Object.entries(builders)) {
      made[name] = await imageOf(stack, base, build, `${stack.base.name}-${name}`);
    }
    report(stack.name, made);
  }
} finally {
  await reference.dispose();
  await ours.stop();
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = different === 0 ? 0 : 1;

function must({ status, stderr, stdout }: Outcome): string {
  if (status !== 0) throw new Error(stderr + stdout);
  return stdout;
}

/** The tools, in both engines, as one image. */
async function makeBase({ base: { name, packages } }: ToolchainStack, docker: Docker): Promise<SavedImage> {
  const context = path.join(scratch, name);
  mkdirSync(context);
  const install = `mkdir -p /usr/share/man/man1 && apt-get update && apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  const tidy = "rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin";
  writeFileSync(path.join(context, "Dockerfile"), `FROM debian\nRUN ${install} && ${tidy}\n`);
  must(await docker("build", "-q", "-t", name, context));
  const archive = path.join(scratch, `${name}.tar`);
  must(await docker("save", "-o", archive, name));
  must(await reference.docker(["load", "-q", "-i", archive]));
  rmSync(archive);
  return saved(name, (...args) => reference.docker(args));
}

async function saved(tag: string, docker: Docker): Promise<SavedImage> {
  const directory = mkdtempSync(path.join(scratch, "saved-"));
  must(await docker("save", "-o", path.join(directory, "image.tar"), tag));
  const image = await readSaved(path.join(directory, "image.tar"), directory, 0);
  rmSync(directory, { recursive: true });
  return image;
}

async function imageOf(stack: ToolchainStack, base: SavedImage, build: Docker, tag: string): Promise<RecordedImage> {
  const context = path.join(scratch, tag);
  mkdirSync(context);
  makeStack(context, stack);
  must(await build("build", "-q", "--network", "none", "-t", tag, context));
  const image = await saved(tag, build);
  const [tree, history] = stack.onBase ? [base.tree, base.history] : [new Map<string, string>(), []];
  return {
    tree: comparable(changesOn(tree, image.tree), stack),
    config: configOf(image.config),
    history: withoutDigests(historyOn(history, image.history)),
  };
}

/** Ours has the classic builder's configuration and history at this endpoint, and BuildKit's files. */
function report(name: string, { ours, classic, buildkit }: Record<string, RecordedImage>): void {
  const compared: [string, unknown, unknown][] = [
    ["configuration", ours?.config, classic?.config],
    ["history", ours?.history, classic?.history],
    ["files", ours?.tree, buildkit?.tree],
    ["files beside the classic builder's", ours?.tree, classic?.tree],
  ];
  for (const [what, actual, expected] of compared) {
    try {
      assert.deepEqual(actual, expected);
      console.log(`same       ${name}: ${what}`);
    } catch (error) {
      different += 1;
      console.log(`DIFFERENT  ${name}: ${what}\n${(error as Error).message}`);
    }
  }
}
