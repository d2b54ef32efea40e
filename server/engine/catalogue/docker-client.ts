import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Unavailable } from "../errdefs/errors.ts";
import type { RecipeCopy } from "./recipe.ts";
import { downloadPackage } from "./packages.ts";

const hostPrograms = ["/usr/bin/docker", "/usr/local/bin/docker"];
/** Packages that hold /usr/bin/docker, newest kind first: Debian 13 has docker-cli, before that it is in docker.io. */
const clientPackages = ["docker-ce-cli", "docker-cli", "docker.io"];
const composePackages = ["docker-compose-plugin", "docker-compose-v2", "docker-compose"];
const pluginDirectories = [
  "usr/libexec/docker/cli-plugins",
  "usr/lib/docker/cli-plugins",
  "usr/local/lib/docker/cli-plugins",
];
const pluginTarget = "/usr/libexec/docker/cli-plugins";

/**
 * The docker client, and Compose if there is one: this machine's own, else taken out of the distribution's packages
 * (the program alone: no daemon comes along).
 * @param scratch packages are unpacked beneath it; the caller removes it
 * @throws Unavailable if there is no client to be had
 */
export async function dockerClient(scratch: string): Promise<RecipeCopy[]> {
  const client = (await firstFile(hostPrograms)) ?? (await fromPackages(clientPackages, ["usr/bin/docker"], scratch));
  if (client === undefined) {
    throw new Unavailable(`no docker client: none on this machine, none in the packages ${clientPackages.join(", ")}`);
  }
  const plugins = pluginDirectories.map((path) => `${path}/docker-compose`);
  const compose =
    (await firstFile(plugins.map((path) => `/${path}`))) ?? (await fromPackages(composePackages, plugins, scratch));
  return [
    { from: client, to: "/usr/bin/docker" },
    ...(compose === undefined ? [] : [{ from: compose, to: `${pluginTarget}/docker-compose` }]),
  ];
}

/** One of `paths` out of the first package that has one. */
async function fromPackages(names: readonly string[], paths: readonly string[], scratch: string) {
  for (const name of names) {
    const directory = join(scratch, name);
    await mkdir(directory, { recursive: true });
    try {
      await downloadPackage(name, directory, {});
    } catch (error) {
      // This release has no such package: the next name may do.
      if (!(error instanceof Unavailable)) {
        throw error;
      }
      continue;
    }
    const found = await firstFile(paths.map((path) => join(directory, path)));
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

async function firstFile(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() === true) {
      return path;
    }
  }
  return undefined;
}
