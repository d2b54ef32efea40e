import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { limitText } from "../../../contract/size-text.ts";
import { FailedPrecondition, isEngineError, messageOf } from "../../errdefs/errors.ts";
import type { TenantLimits } from "../../tenants/tenant.ts";
import { type CgroupHierarchy, controllerDir, directoriesOf } from "./hierarchy.ts";

/**
 * A tenant that uses all processors at once has had its part of a period soon, and then has to wait for the next one: what
 * others want meanwhile takes so much longer. µs; the kernel's own is the longest here.
 */
const period = { shortest: 20_000, longest: 100_000 };
/** of a period: so much the kernel gives a processor at a time (sched_cfs_bandwidth_slice_us) */
const leastQuotaUs = 5_000;
/** Controllers handed down in a v2 tree, if the kernel has them. */
const handedDown = ["cpuset", "cpu", "io", "memory", "pids"];

/** See CgroupService.ensureParent. */
export function ensureParentCgroup(hierarchy: CgroupHierarchy, path: string, limits: TenantLimits): void {
  try {
    if (hierarchy.version === "v2") {
      handDown(hierarchy.root, path);
      applyV2(join(hierarchy.root, path), limits);
    } else {
      for (const dir of directoriesOf(hierarchy, path)) mkdirSync(dir, { recursive: true });
      const cpuset = hierarchy.controllers.get("cpuset");
      if (cpuset !== undefined) inheritCpuset(cpuset, path);
      applyV1(hierarchy, path, limits);
    }
  } catch (error) {
    if (isEngineError(error)) throw error;
    throw new FailedPrecondition(
      `the control group ${path} cannot be set up: ${messageOf(error)}. drydockd needs write access to ${hierarchy.root} (run "drydock doctor")`,
      { cause: error },
    );
  }
}

/** Enables the controllers in every cgroup from the root to `path` (cgroup-v2.rst, Top-down Constraint). */
function handDown(root: string, path: string): void {
  let dir = root;
  enable(dir);
  for (const name of path.split("/").filter(Boolean)) {
    dir = join(dir, name);
    mkdirSync(dir, { recursive: true });
    enable(dir);
  }
}

function enable(dir: string): void {
  const available = words(join(dir, "cgroup.controllers"));
  const enabled = words(join(dir, "cgroup.subtree_control"));
  const missing = handedDown.filter((name) => available.includes(name) && !enabled.includes(name));
  if (missing.length === 0) return;
  const command = missing.map((name) => `+${name}`).join(" ");
  try {
    writeFileSync(join(dir, "cgroup.subtree_control"), command);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
    // "No internal processes": in a container whose root cgroup is not the machine's, our own processes live there.
    moveToLeaf(dir);
    writeFileSync(join(dir, "cgroup.subtree_control"), command);
  }
}

function moveToLeaf(dir: string): void {
  const leaf = join(dir, "drydock-init");
  mkdirSync(leaf, { recursive: true });
  for (const pid of words(join(dir, "cgroup.procs"))) {
    try {
      writeFileSync(join(leaf, "cgroup.procs"), pid);
    } catch (error) {
      // It has ended meanwhile; or it is a kernel thread, which stays where it is.
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== "ESRCH" && code !== "EINVAL") throw error;
    }
  }
}

function applyV2(dir: string, limits: TenantLimits): void {
  set(dir, "memory.max", limits.memory ?? "max");
  set(dir, "memory.swap.max", limits.swap ?? "max");
  set(dir, "pids.max", limits.pids ?? "max");
  const { quotaUs, periodUs } = bandwidthOf(limits.cpus);
  set(dir, "cpu.max", `${quotaUs ?? "max"} ${periodUs}`);
  // Of the two there is the one whose scheduler the kernel has. It takes none where its device has no such scheduler.
  set(dir, "io.weight", `default ${ioWeight(limits)}`, true);
  set(dir, "io.bfq.weight", ioWeight(limits), true);
}

function applyV1(hierarchy: CgroupHierarchy, path: string, limits: TenantLimits): void {
  const memory = controllerDir(hierarchy, "memory", path);
  if (memory !== undefined) {
    set(memory, "memory.use_hierarchy", 1, true);
    setMemoryV1(memory, limits);
    // Beyond it while it is lowered: then it falls by itself, and the next time it is set.
    set(memory, socketMemory, socketLimit(limits) ?? -1, true);
  }
  const pids = controllerDir(hierarchy, "pids", path);
  if (pids !== undefined) set(pids, "pids.max", limits.pids ?? "max");
  const cpu = controllerDir(hierarchy, "cpu", path);
  if (cpu !== undefined) {
    setBandwidthV1(cpu, limits.cpus);
  }
  const blkio = controllerDir(hierarchy, "blkio", path);
  if (blkio !== undefined) set(blkio, "blkio.bfq.weight", ioWeight(limits), true);
}

/** What waits in sockets, which v1 counts apart, and for nobody unless it is told to. */
const socketMemory = "memory.kmem.tcp.limit_in_bytes";

/** Bytes; a part of memory, as it is of the machine's (tcp_mem): else a tenant could have all of that. */
function socketLimit({ memory }: TenantLimits): number | undefined {
  return memory === undefined ? undefined : Math.max(16 * 1024 ** 2, Math.floor(memory / 8));
}

/** On v1, has what waits in the sockets of a container that has begun count for its tenant. To be called before it runs. */
export function countSockets(hierarchy: CgroupHierarchy, path: string): void {
  const memory = hierarchy.version === "v2" ? undefined : controllerDir(hierarchy, "memory", path);
  // Without a limit of its own: what is set is counted.
  if (memory !== undefined) set(memory, socketMemory, -1, true);
}

/**
 * v1 refuses a tenant less than one of its containers was given: meanwhile it has more, never the old part of a longer
 * period.
 */
function setBandwidthV1(dir: string, cpus: number | undefined): void {
  const { quotaUs = -1, periodUs } = bandwidthOf(cpus);
  const [periodFile, quotaFile] = ["cpu.cfs_period_us", "cpu.cfs_quota_us"];
  const isLonger = existsSync(join(dir, periodFile)) && periodUs > Number(readFileSync(join(dir, periodFile), "utf8"));
  if (isLonger) set(dir, quotaFile, quotaUs);
  set(dir, periodFile, periodUs);
  if (!isLonger) set(dir, quotaFile, quotaUs);
}

/**
 * v1 limits memory, and memory and swap together (memsw), which may never be below it: in the order that keeps it so.
 * Without a limit of memory there is none of swap.
 */
function setMemoryV1(dir: string, { memory, swap }: TenantLimits): void {
  const own = { file: "memory.limit_in_bytes", bytes: memory ?? -1 };
  const both = {
    file: "memory.memsw.limit_in_bytes",
    bytes: memory === undefined || swap === undefined ? -1 : memory + swap,
  };
  const current = Number(readFileSync(join(dir, own.file), "utf8"));
  const raising = both.bytes === -1 || both.bytes >= current;
  try {
    for (const { file, bytes } of raising ? [both, own] : [own, both]) set(dir, file, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
    throw new FailedPrecondition(
      `more than ${limitText(memory ?? 0)} of memory is in use and cannot be given back: stop some containers, then set the limit`,
      { cause: error },
    );
  }
}

/** 1 to 1000; 100 is the kernel's own (cgroup-v2.rst, IO Interface Files; bfq-iosched.rst). */
function ioWeight({ ioWeight: weight = 100 }: TenantLimits): number {
  return Math.min(1000, Math.max(1, Math.round(weight)));
}

/** Rounded up: a container may be given all of it, in a longer period, and v1 refuses it the least bit more. */
function bandwidthOf(cpus: number | undefined): { quotaUs: number | undefined; periodUs: number } {
  if (cpus === undefined) return { quotaUs: undefined, periodUs: period.longest };
  const periodUs = Math.min(period.longest, Math.max(period.shortest, Math.ceil(leastQuotaUs / cpus)));
  return { quotaUs: Math.max(1000, Math.ceil(cpus * periodUs)), periodUs };
}

/** A new cpuset of v1 is empty and takes no process until it has CPUs and memory nodes. */
function inheritCpuset(root: string, path: string): void {
  let dir = root;
  for (const name of path.split("/").filter(Boolean)) {
    dir = join(dir, name);
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      if (readFileSync(join(dir, file), "utf8").trim() !== "") continue;
      writeFileSync(join(dir, file), readFileSync(join(dirname(dir), file), "utf8").trim());
    }
  }
}

/** Writes a file of the cgroup where the kernel has it. */
function set(dir: string, file: string, value: string | number, lenient = false): void {
  const path = join(dir, file);
  if (!existsSync(path)) return;
  try {
    writeFileSync(path, String(value));
  } catch (error) {
    if (!lenient) throw error;
  }
}

function words(file: string): string[] {
  return readFileSync(file, "utf8").split(/\s+/).filter(Boolean);
}
