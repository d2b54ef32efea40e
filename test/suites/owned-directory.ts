import { globSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { processStartTime } from "#engine/runtime/link/process-id.ts";

/** What a test has in the kernel, beside processes that name its directory and mounts beneath it. */
export interface KernelNames {
  /** a drydockd's DRYDOCK_NAME */
  drydock?: string;
  /** its DRYDOCK_DATA, if that is elsewhere */
  data?: string;
  /** a control group with all beneath it, as in /proc/<pid>/cgroup */
  cgroup?: string;
  /** an nftables table, `inet` */
  table?: string;
  /** how its bridges and veth devices begin */
  devices?: string[];
}

interface Owner {
  /** pid and start time of the process that runs the test */
  process: string;
  names: KernelNames;
}

export interface DeadRun {
  directory: string;
  names: KernelNames;
}

const ownerFile = ".owner";

/** A new directory in /tmp of which it is known whose it is, so that it can be cleared when its test was killed. */
export function ownedDirectory(prefix: string, names: KernelNames = {}): string {
  const directory = mkdtempSync(join(tmpdir(), prefix));
  noteNames(directory, names);
  return directory;
}

/** What is known later. */
export function noteNames(directory: string, names: KernelNames): void {
  const owner: Owner = { process: thisProcess(), names };
  writeFileSync(join(directory, ownerFile), JSON.stringify(owner), { mode: 0o600 });
}

/** This process: its pid and start time, since pids come again. */
export function thisProcess(): string {
  return `${process.pid} ${processStartTime(process.pid)}`;
}

/** @param identity as from `thisProcess` */
export function isLiving(identity: string): boolean {
  const pid = Number(identity.split(" ")[0]);
  return identity === `${pid} ${processStartTime(pid)}`;
}

/** Directories whose process has ended. Devices are left out that a living test calls its own. */
export function deadRuns(parent = tmpdir()): DeadRun[] {
  const found = globSync(`${parent}/{dd?,drydock-*}-*/${ownerFile}`).flatMap((file) => {
    const owner = readOwner(file);
    return owner === undefined ? [] : [{ directory: dirname(file), owner }];
  });
  const taken = new Set(
    found.filter(({ owner }) => isLiving(owner.process)).flatMap(({ owner }) => owner.names.devices ?? []),
  );
  return found
    .filter(({ directory, owner }) => !isLiving(owner.process) && basename(directory) !== "")
    .map(({ directory, owner: { names } }) => ({
      directory,
      names: { ...names, devices: (names.devices ?? []).filter((prefix) => !taken.has(prefix)) },
    }));
}

/** Undefined: it has just gone, or was cut off while it was written. */
function readOwner(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}
