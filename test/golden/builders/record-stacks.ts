import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startDrydock } from "../../../bench/engines.ts";
import { oldDockerClient } from "../../suites/docker-clients.ts";
import { type Outcome, run } from "../../suites/run.ts";
import type { Recorded } from "./recorded.ts";
import { ReferenceEngine } from "./reference.ts";
import { changesOn, configOf, historyOn, readSaved, type SavedImage } from "./saved-image.ts";
import { comparable, makeStack, type RecordedStacks, stacks, toolsOf } from "./stacks.ts";

/*
 * Has dockerd's two builders build the language stacks on our own base images, and writes down what they made:
 * recorded-stacks.json. Run it after a change of stacks.ts: node test/golden/builders/record-stacks.ts
 */

function must({ status, stderr, stdout }: Outcome): string {
  if (status !== 0) throw new Error(stderr + stdout);
  return stdout;
}

const scratch = mkdtempSync(path.join(tmpdir(), "record-"));
const reference = new ReferenceEngine();
const bases = [...new Set(stacks.flatMap((stack) => stack.bases))];
const ours = await startDrydock(bases);
try {
  await reference.start();
  const client = await oldDockerClient();
  const docker = async (...args: string[]) =>
    must(await run(client, args, { env: { DOCKER_HOST: `unix://${ours.socket}`, DOCKER_CONFIG: scratch } }));
  const newSince = 0;
  const saved = async (tag: string): Promise<SavedImage> => {
    const directory = mkdtempSync(path.join(scratch, "saved-"));
    must(await reference.docker(["save", "-o", path.join(directory, "image.tar"), tag]));
    const image = await readSaved(path.join(directory, "image.tar"), directory, newSince);
    rmSync(directory, { recursive: true });
    return image;
  };
  const tools: RecordedStacks["tools"] = {};
  const images = new Map<string, SavedImage>();
  for (const base of bases) {
    await docker("pull", "-q", base);
    tools[base] = await toolsOf(base, docker);
    const archive = path.join(scratch, `${base}.tar`);
    await docker("save", "-o", archive, base);
    must(await reference.docker(["load", "-q", "-i", archive]));
    images.set(base, await saved(base));
    rmSync(archive);
  }
  const recorded: Record<string, Recorded> = {};
  for (const [number, stack] of stacks.entries()) {
    const context = path.join(scratch, `context-${number}`);
    mkdirSync(context);
    makeStack(context, stack);
    const entry: Recorded = {};
    for (const builder of ["classic", "buildkit"] as const) {
      const tag = `s${number}-${builder}`;
      const args = ["build", "-q", "--network", "none", "-t", tag, context];
      must(await reference.docker(args, { buildkit: builder === "buildkit" }));
      const image = await saved(tag);
      const base = images.get(stack.result ?? "");
      entry[builder] = {
        tree: comparable(changesOn(base?.tree ?? new Map(), image.tree), stack),
        config: configOf(image.config),
        history: historyOn(base?.history ?? [], image.history),
      };
    }
    recorded[stack.name] = entry;
  }
  const all: RecordedStacks = { tools, images: recorded };
  writeFileSync(path.join(import.meta.dirname, "recorded-stacks.json"), `${JSON.stringify(all, null, 1)}\n`);
} finally {
  await reference.dispose();
  await ours.stop();
  rmSync(scratch, { recursive: true, force: true });
}
