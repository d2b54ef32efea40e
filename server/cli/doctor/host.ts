import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { type DiskSpace, diskSpace } from "../../engine/mount/disk-space.ts";
import { onPath } from "../apt.ts";
import { isOldCrun } from "../packages.ts";
import { CommandError } from "../command-error.ts";
import { requireFreePort, supervisorPid, whyNotFree } from "../processes.ts";
import { readConfig } from "../../playground/config.ts";
import { processEnvironment, type Settings } from "../settings.ts";
import { bad, type Finding, ok } from "./finding.ts";

const fewInodes = 50_000;

export function checkRuntimes(find: (name: string) => string | undefined = onPath): Finding[] {
  return ["crun", "runc", "runsc"].map((name) => {
    const path = find(name);
    if (path !== undefined) return installedRuntime(name, path, find("runc") !== undefined);
    return name === "crun"
      ? bad("blocker", "runtime crun", "is not installed", "apt-get install crun")
      : bad("note", `runtime ${name}`, "is not installed", `optional: apt-get install ${name}`);
  });
}

function installedRuntime(name: string, path: string, hasRunc: boolean): Finding {
  const said = spawnSync(path, ["--version"], { encoding: "utf8" }).stdout?.split("\n")[0] ?? path;
  if (name !== "crun" || !isOldCrun(said)) return ok(`runtime ${name}`, said);
  if (hasRunc)
    return bad("note", "runtime crun", `${said}: too old for some limits`, "containers run with runc; nothing to do");
  const advice = "is too old for some limits: apt-get install runc, which is used instead then";
  return bad("warning", "runtime crun", said, advice);
}

export function checkDisk(
  settings: Settings,
  measure: (directory: string) => Pick<DiskSpace, "free" | "freeInodes"> = diskSpace,
): Finding {
  let directory = settings.data;
  while (!existsSync(directory)) directory = dirname(directory);
  const { free, freeInodes } = measure(directory);
  const gigabytes = free / 1e9;
  // Some file systems make them as needed, and count none.
  const counted = freeInodes === Infinity ? "" : `, ${freeInodes} inodes`;
  const detail = `${gigabytes.toFixed(1)} GB free for ${settings.data}${counted}`;
  if (gigabytes < 1) return bad("blocker", "disk", detail, "make room: images and builds need some GB");
  if (freeInodes < fewInodes) {
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

/** Where containers' pages are when browsers come by an address: none with the defaults. `web` leaves out what is taken. */
export async function checkPreviewPorts(settings: Settings): Promise<Finding[]> {
  const name = "preview ports";
  let ports: readonly number[];
  try {
    ports = readConfig(processEnvironment(settings)).previewPorts;
  } catch (error) {
    return [bad("blocker", "page settings", (error as Error).message, "set it anew, then run 'sudo ./drydock up'")];
  }
  if (ports.length === 0 || supervisorPid(settings) !== undefined) return [];
  const range = `${settings.host}:${ports[0]}-${ports.at(-1)}`;
  const reasons: string[] = [];
  for (const port of ports) {
    const why = await whyNotFree(settings.host, port);
    if (why !== undefined) reasons.push(`${port} ${why}`);
  }
  if (reasons.length === 0) return [ok(name, `${range} are free`)];
  const advice = "previews go without these: end what listens there, or name others, DRYDOCK_PREVIEW_PORTS=FIRST-LAST";
  return [bad("warning", name, `of ${range}, ${reasons.join(", ")}`, advice)];
}
