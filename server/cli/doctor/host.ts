import { spawnSync } from "node:child_process";
import { existsSync, type StatsFs, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { onPath } from "../apt.ts";
import { CommandError } from "../command-error.ts";
import { requireFreePort, supervisorPid } from "../processes.ts";
import type { Settings } from "../settings.ts";
import { bad, type Finding, ok } from "./finding.ts";

const fewInodes = 50_000;

export function checkRuntimes(): Finding[] {
  return ["crun", "runc", "runsc"].map((name) => {
    const path = onPath(name);
    if (path !== undefined) return installedRuntime(name, path);
    return name === "crun"
      ? bad("blocker", "runtime crun", "is not installed", "apt-get install crun")
      : bad("note", `runtime ${name}`, "is not installed", `optional: apt-get install ${name}`);
  });
}

function installedRuntime(name: string, path: string): Finding {
  const said = spawnSync(path, ["--version"], { encoding: "utf8" }).stdout?.split("\n")[0] ?? path;
  const [, major = "1", minor = "0"] = /(\d+)\.(\d+)/.exec(said) ?? [];
  if (name === "crun" && Number(major) * 1000 + Number(minor) < 1008) {
    return bad(
      "warning",
      "runtime crun",
      said,
      "Drydock is tested with crun 1.8 and newer; if containers do not start, install a newer one or run them with --runtime runc",
    );
  }
  return ok(`runtime ${name}`, said);
}

export function checkDisk(
  settings: Settings,
  measure: (directory: string) => Pick<StatsFs, "bavail" | "bsize" | "files" | "ffree"> = statfsSync,
): Finding {
  let directory = settings.data;
  while (!existsSync(directory)) directory = dirname(directory);
  const { bavail, bsize, files, ffree } = measure(directory);
  const gigabytes = (bavail * bsize) / 1e9;
  const detail = `${gigabytes.toFixed(1)} GB free for ${settings.data}, ${ffree} inodes`;
  if (gigabytes < 1) return bad("blocker", "disk", detail, "make room: images and builds need some GB");
  // Some file systems make them as needed, and count none.
  if (files > 0 && ffree < fewInodes) {
    return bad("warning", "disk", detail, "one image takes thousands of inodes: remove small files, or prune images");
  }
  if (gigabytes < 5)
    return bad(
      "warning",
      "disk",
      detail,
      "builds of larger images will fill it: make room, or prune with 'docker system prune'",
    );
  return ok("disk", detail);
}

export async function checkPort(settings: Settings): Promise<Finding> {
  if (supervisorPid(settings) !== undefined) return ok("port", `${settings.host}:${settings.port} is ours`);
  try {
    await requireFreePort(settings);
    return ok("port", `${settings.host}:${settings.port} is free`);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return bad("blocker", "port", `${settings.host}:${settings.port} is taken`, error.message);
  }
}
