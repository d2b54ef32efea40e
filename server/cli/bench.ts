import { spawn } from "node:child_process";
import { join } from "node:path";
import { readArguments } from "./arguments.ts";
import { installPackages } from "./apt.ts";
import type { PackageNeed } from "./packages.ts";
import { productPackages } from "./packages.ts";
import { readSettings } from "./settings.ts";
import { requireRoot, setUp } from "./setup.ts";

const benchPackages: PackageNeed[] = [
  { commands: ["skopeo"], package: "skopeo", why: "pushes the image that is pulled" },
  { commands: ["docker-registry"], package: "docker-registry", why: "the registry it is pulled from" },
  { commands: ["iptables"], package: "iptables", why: "the reference dockerd" },
];

/** `./drydock bench`: the same work on Drydock and on a real dockerd, in one run. */
export async function run(args: string[]): Promise<number> {
  readArguments("bench", args, {});
  requireRoot();
  const settings = readSettings();
  await setUp(settings);
  await installPackages([...productPackages, ...benchPackages], settings, "packages for the measurements");
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(settings.checkout, "bench/main.ts")],
    { stdio: "inherit" },
  );
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
