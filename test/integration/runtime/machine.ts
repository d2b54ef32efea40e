import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, globSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { CgroupService } from "#engine/runtime/cgroups/cgroup-service.ts";
import { Keeper } from "#engine/runtime/link/keeper.ts";
import { SupervisedTaskService } from "#engine/runtime/supervised-task-service.ts";
import { defaultSpec, type SpecOptions } from "#engine/runtime/spec/default-spec.ts";
import { readHostFacts } from "#engine/runtime/spec/host.ts";
import type { RuntimeName, Task } from "#engine/runtime/task.ts";
import type { TenantId } from "#engine/tenants/tenant.ts";
import { runtimeDrivers, whyNot, writeBusybox } from "../../suites/engine-floor.ts";
import { noteNames, ownedDirectory } from "../../suites/owned-directory.ts";
import { patience } from "../../suites/patience.ts";

export const tenant = "t1" as TenantId;
export const idMap = { hostBase: 1_300_000, size: 65_536 };
const applets = "sh true false cat ls id sleep echo seq head dd mount pwd stty wc tty kill printf yes unshare".split(
  " ",
);

export { whyNot };

/** Why a runtime cannot be tested here. */
export function whyNotRuntime(name: RuntimeName): string | undefined {
  const found = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"].some((dir) =>
    existsSync(join(dir, name)),
  );
  return found ? whyNot() : `${name} is not installed`;
}

/** A task service on directories and cgroups of its own. */
export class Machine {
  readonly dir: string;
  readonly cgroupParent: string;
  readonly cgroups = new CgroupService();
  readonly outOfMemory: string[] = [];
  readonly host = readHostFacts();
  readonly rootfs: string;
  keeper!: Keeper;
  tasks!: SupervisedTaskService;

  /** @param dir of a machine in another process */
  constructor(dir?: string) {
    this.dir = dir ?? ownedDirectory("drydock-runtime-");
    this.rootfs = join(this.dir, "rootfs");
    const cgroup = `/drydock-test-${this.dir.slice(-6).toLowerCase()}`;
    if (dir === undefined) noteNames(this.dir, { cgroup });
    this.cgroupParent = `${cgroup}/${tenant}`;
  }

  async start(): Promise<this> {
    makeRootfs(this.dir, this.rootfs);
    const run = join(this.dir, "run");
    this.cgroups.ensureParent({ cgroupParent: this.cgroupParent, limits: { memory: 512 << 20, pids: 256 } });
    this.keeper = new Keeper(
      join(run, "keeper"),
      this.cgroups.hierarchy.unified,
      this.cgroups.keeperGroups(join(this.cgroupParent, "..")),
    );
    this.tasks = new SupervisedTaskService({
      runDir: run,
      keeper: this.keeper,
      cgroups: this.cgroups,
      drivers: runtimeDrivers(run),
      capabilities: this.host.capabilities,
      onOutOfMemory: (id) => this.outOfMemory.push(id),
    });
    await this.tasks.start();
    return this;
  }

  spec(id: string, args: string[], options: Partial<SpecOptions> = {}) {
    return defaultSpec(
      {
        args,
        env: ["PATH=/bin", "TERM=xterm"],
        cwd: "/",
        rootfs: this.rootfs,
        idMap,
        cgroupPath: `${this.cgroupParent}/${id}`,
        hostname: "box",
        ...options,
      },
      this.host,
    );
  }

  create(
    runtime: RuntimeName,
    args: string[],
    options: Partial<SpecOptions> & { id?: string; stdin?: boolean; settled?: boolean } = {},
  ): Promise<Task> {
    const { id = newId(), stdin = false, settled = false, ...rest } = options;
    const terminal = rest.terminal ?? false;
    const spec = this.spec(id, args, rest);
    return this.tasks.create({ id, tenant, runtime, spec, rootfs: this.rootfs, terminal, stdin, settled });
  }

  /** Names of what is left of tasks, some time after each was deleted: to be empty. */
  async leftovers(): Promise<string[]> {
    let left = this.#left();
    for (const end = Date.now() + patience; left.length > 0 && Date.now() < end; left = this.#left()) await delay(20);
    return left;
  }

  #left(): string[] {
    const cgroup = this.cgroups.hierarchy.version === "v2" ? "" : "memory";
    const roots = [
      join(this.dir, "run/tasks"),
      join(this.dir, "run/runtime"),
      join(this.cgroups.hierarchy.root, cgroup, this.cgroupParent),
    ];
    const found = roots.flatMap((root) => globSync(`${root}/**/*/`));
    // crun keeps compiled seccomp filters for the next container in its root.
    const kept = /\/run\/runtime\/drydock(\/\.cache.*)?$/;
    return found.filter((path) => !kept.test(path));
  }

  async dispose(): Promise<void> {
    for (const { id } of await this.tasks.list()) await this.tasks.purge(id, tenant);
    await this.tasks.release();
    await this.tasks.close();
    await this.keeper.stop();
    await this.cgroups.killAndRemove(this.cgroupParent);
    await this.cgroups.remove(join(this.cgroupParent, ".."));
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export function newId(): string {
  return randomBytes(32).toString("hex");
}

/** All that a stream gives until its end. */
export async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Runs a created task to its end. */
export async function finish(task: Task): Promise<{ code: number; stdout: string; stderr: string }> {
  const output = Promise.all([textOf(task.io.stdout), textOf(task.io.stderr)]);
  await task.start();
  const { code } = await task.wait();
  const [stdout, stderr] = await output;
  await task.delete();
  return { code, stdout, stderr };
}

/** The tree lies on disk as the tenant's root would see it: idmapped mounts are another part's business. */
function makeRootfs(dir: string, rootfs: string): void {
  if (existsSync(rootfs)) return;
  execFileSync("chmod", ["711", dir]);
  writeBusybox(rootfs, ["proc", "sys", "dev", "etc", "tmp", "work"], applets);
  writeFileSync(join(rootfs, "bin/plain"), "no program\n", { mode: 0o644 });
  writeFileSync(join(rootfs, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n");
  execFileSync("chown", ["-hR", `${idMap.hostBase}:${idMap.hostBase}`, rootfs]);
}
