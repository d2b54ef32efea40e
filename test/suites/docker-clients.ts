import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onPath } from "../../server/cli/apt.ts";
import { downloadPackage } from "../../server/engine/catalogue/packages.ts";
import { isEngineError } from "../../server/engine/errdefs/errors.ts";
import { run } from "./run.ts";

const home = join(import.meta.dirname, "../../.drydock/reference");
/** Packages with `/usr/bin/docker`, newest kind first: Debian 13 has docker-cli, before that it is in docker.io. */
const clientPackages = ["docker-ce-cli", "docker-cli", "docker.io"];

/** Why there can be no docker client here; undefined if there is one, or can be. */
export function whyNoDocker(): string | undefined {
  const there = onPath("docker") !== undefined || clientPackages.some((name) => existsSync(clientIn(name)));
  return there || onPath("apt-get") !== undefined
    ? undefined
    : "there is no docker client: none on PATH, and no apt-get here to fetch one";
}

let current: Promise<string> | undefined;

/** This machine's `docker`; where it has none, one out of the distribution's packages. @throws Error: none to be had */
export function dockerClient(): Promise<string> {
  current ??= findClient();
  return current;
}

/**
 * The docker client 20.10, which speaks an older API and the classic builder.
 * @throws Error when the distribution has another one
 */
export async function oldDockerClient(): Promise<string> {
  const client = join(await unpackedPackage("docker.io"), "usr/bin/docker");
  const version = await versionOf(client);
  if (!version.includes(oldVersion)) throw new Error(`the distribution's docker.io has ${version}`);
  return client;
}

const oldVersion = "version 20.10";

export const clientNames = ["docker", "docker 20.10"] as const;

const told = new Set<string>();

/**
 * The client of that name, or why there is none here: "docker" is whatever this machine has, which may be 20.10 itself.
 * @param note takes, once per name, which version it really is
 */
export async function namedClient(
  name: (typeof clientNames)[number],
  note: (text: string) => void,
): Promise<{ program: string } | { why: string }> {
  const program = await dockerClient();
  const version = await versionOf(program);
  const tell = (text: string): void => {
    if (!told.has(name)) note(`the client "${name}" is ${text}`);
    told.add(name);
  };
  if (name === "docker") {
    tell(`${program}: ${version}`);
    return { program };
  }
  if (version.includes(oldVersion)) return { why: `only one version is to be had: "docker" is ${version} already` };
  try {
    const old = await oldDockerClient();
    tell(`${old}: ${await versionOf(old)}`);
    return { program: old };
  } catch (error) {
    return { why: `only one version is to be had, ${version}: ${(error as Error).message}` };
  }
}

/**
 * The directory with the files of a package of this machine's sources. Nothing is installed: its daemon would start.
 * @throws Unavailable: there is no such package, or its source cannot be reached
 */
export async function unpackedPackage(name: string): Promise<string> {
  const directory = join(home, name);
  if (existsSync(directory)) return directory;
  mkdirSync(home, { recursive: true });
  const scratch = mkdtempSync(join(home, ".new-"));
  try {
    await downloadPackage(name, scratch, {});
    try {
      renameSync(scratch, directory);
    } catch (error) {
      // Another test file was quicker.
      if (!existsSync(directory)) throw error;
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return directory;
}

/** The client that the distribution has beside its dockerd. @throws Error: none to be had */
export function distributionClient(): Promise<string> {
  return unpackedClient(["docker.io", "docker-cli"]);
}

async function findClient(): Promise<string> {
  return onPath("docker") ?? unpackedClient(clientPackages);
}

/** `docker` out of the first of these packages that has it. @throws Error: none does */
async function unpackedClient(packages: readonly string[]): Promise<string> {
  const reasons: string[] = [];
  for (const name of packages) {
    try {
      await unpackedPackage(name);
    } catch (error) {
      // This release has no such package: the next name may do.
      if (!isEngineError(error, "unavailable")) throw error;
      reasons.push(error.message);
      continue;
    }
    if (existsSync(clientIn(name))) return clientIn(name);
  }
  throw new Error(`no docker client could be fetched: ${reasons.join("; ")}`);
}

async function versionOf(client: string): Promise<string> {
  return (await run(client, ["--version"])).stdout.trim();
}

function clientIn(packageName: string): string {
  return join(home, packageName, "usr/bin/docker");
}
