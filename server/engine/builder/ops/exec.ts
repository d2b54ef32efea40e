import { randomUUID } from "node:crypto";
import path from "node:path";
import { whyNotMounted } from "../../containers/proc-mounts.ts";
import { inPieces } from "../../concurrency/thread-time.ts";
import { InvalidArgument, Unknown } from "../../errdefs/errors.ts";
import { destinationPieces } from "../../mount/destination.ts";
import { SafeRoot } from "../../mount/safe-path.ts";
import { digestOf } from "../../oci/digest.ts";
import type { RuntimeMount, RuntimeSpec } from "../../runtime/runtime-spec.ts";
import type { SpecNamespaces } from "../../runtime/spec/default-spec.ts";
import {
  checkBuildCgroup,
  checkBuildNetwork,
  checkBuildPrivileges,
  checkBuildUlimits,
} from "../../tenants/build-policy-check.ts";
import type { CacheMap, ContentSelector, ExecContext, Op } from "../solver/types.ts";
import { type BuildWork, epochKey } from "./build-work.ts";
import type { ExecDefinition, ExecMount, ExecSettings } from "./exec-definition.ts";
import { bindMount, ExecMounts, type PreparedMounts } from "./exec-mounts.ts";
import type { ExecTools, JoinedContainer } from "./exec-tools.ts";
import { mountContent } from "./mount-content.ts";
import { MountPoints } from "./mount-points.ts";
import type { BuildResult } from "./result.ts";
import { OutputTail, ProgramMissing, RunFailed } from "./run-failed.ts";
import { SecretMask } from "./secret-mask.ts";
import { StepFiles } from "./step-files.ts";
import { runStepProcess } from "./step-process.ts";

const containerPrefix = "container:";
const commonHostname = "drydock";
const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What of a mount decides what a step makes: as with BuildKit, which cache it is given does not, nor who else has it. */
function counted(mount: ExecMount): Partial<ExecMount> {
  if (mount.type !== "cache") return mount;
  const { id: _id, sharing: _sharing, ...rest } = mount;
  return rest;
}

/** All steps ask for caches in one order, so that no two of them have what the other one waits for. */
function inOrderOfCaches(mounts: readonly ExecMount[]): ExecMount[] {
  const id = (mount: ExecMount): string => (mount.type === "cache" ? mount.id : "");
  return mounts.toSorted((a, b) => (id(a) < id(b) ? -1 : id(a) > id(b) ? 1 : 0));
}

/** RUN: runs a process in a container of its own on the file system that is the first input. */
export class ExecOp implements Op<BuildResult> {
  readonly #definition: ExecDefinition;
  readonly #settings: ExecSettings;
  readonly #work: BuildWork;
  readonly #tools: ExecTools;

  constructor(definition: ExecDefinition, settings: ExecSettings, work: BuildWork, tools: ExecTools) {
    this.#definition = definition;
    this.#settings = settings;
    this.#work = work;
    this.#tools = tools;
  }

  /** `--network container:X`: whose network the step is on */
  #joined(): JoinedContainer | undefined {
    const { network } = this.#settings;
    return network.startsWith(containerPrefix)
      ? this.#tools.container(network.slice(containerPrefix.length))
      : undefined;
  }

  get definition(): ExecDefinition {
    return this.#definition;
  }

  async cacheMap(): Promise<CacheMap<BuildResult>> {
    const { args, env, cwd, user, hostname } = this.#definition;
    const mounts = this.#definition.mounts.map(counted);
    const network = this.#settings.network === "none" ? "none" : "";
    return {
      key: digestOf(JSON.stringify(["exec", 1, { ...this.#definition, mounts }, network, ...epochKey(this.#work)])),
      facts: {
        instruction: `RUN ${args.join(" ")}`,
        env: JSON.stringify(env),
        cwd,
        user,
        mounts: JSON.stringify(mounts),
        network,
        ...(hostname === undefined ? {} : { hostname }),
      },
      selectors: this.#selectors(),
    };
  }

  #selectors(): (ContentSelector<BuildResult> | undefined)[] {
    const selectors: (ContentSelector<BuildResult> | undefined)[] = [];
    for (const mount of this.#definition.mounts) {
      if (mount.type === "bind" && this.#settings.byContent.has(mount.input)) {
        selectors[mount.input] = mountContent(mount, this.#work);
      }
    }
    return selectors;
  }

  async exec(inputs: readonly BuildResult[], context: ExecContext): Promise<BuildResult> {
    const [base] = inputs;
    if (base?.kind !== "layer") {
      throw new InvalidArgument("RUN needs a file system");
    }
    const { lease, workshop, tenant } = this.#work;
    this.#tools.executor.expectStart?.();
    let points: MountPoints | undefined;
    return workshop.change(
      base.layer,
      lease,
      async (rootfs) => {
        using root = new SafeRoot(rootfs);
        const mounts = new ExecMounts(inputs, this.#work, this.#tools.cacheMounts, this.#settings);
        const made = new MountPoints(root);
        points = made;
        await mounts.use(inOrderOfCaches(this.#definition.mounts), context.signal, (prepared) =>
          this.#run(root, prepared, made, context),
        );
        return true;
      },
      {
        idMap: tenant.idMap,
        measure: (name, value) => context.measure(name, value),
        epoch: this.#work.epoch,
        tidy: (changes) => points?.forgetCopies(changes),
        onFailed: async (error, keep) => {
          if (error instanceof RunFailed) {
            error.left = await keep();
          }
        },
      },
    );
  }

  async #run(
    root: SafeRoot,
    { mounts, env }: PreparedMounts,
    points: MountPoints,
    context: ExecContext,
  ): Promise<void> {
    const { cwd, user, directories = [] } = this.#definition;
    const id = randomUUID().replaceAll("-", "");
    const joined = this.#joined();
    const hostname = joined?.hostname ?? this.#definition.hostname ?? this.#settings.hostname ?? commonHostname;
    using files = new StepFiles(path.join(this.#tools.directory, id), {
      hostname,
      extraHosts: this.#settings.extraHosts,
      resolvers: this.#tools.resolvers(),
      owner: this.#work.tenant.idMap.hostBase,
    });
    if (joined !== undefined) files.takeFrom(joined.etc);
    this.#checkProgram(root);
    // also without USER: root has the groups that list it
    const resolved = this.#work.users(root.dir, user);
    const home = user === "" ? this.#rootHome(root) : resolved.home;
    for (const written of [...directories, cwd]) {
      const directory = await inPieces(destinationPieces(root, written));
      if (!root.exists(directory)) {
        root.makeDirectory(directory, { parents: true, mode: 0o755 });
      }
    }
    for (const destination of ["/proc", "/sys", "/dev"]) {
      await points.add(destination);
    }
    const fileMounts: RuntimeMount[] = [];
    for (const { source, destination } of files.mounts) {
      fileMounts.push(bindMount(source, await points.add(destination), "ro"));
    }
    const ordered = mounts
      .map((mount) => ({ ...mount, destination: path.posix.resolve(cwd, mount.destination) }))
      .toSorted((a, b) => (a.destination < b.destination ? -1 : a.destination > b.destination ? 1 : 0));
    const stepMounts: RuntimeMount[] = [];
    for (const mount of ordered) stepMounts.push({ ...mount, destination: await points.add(mount.destination) });
    for (const { destination, type } of stepMounts) {
      const why = whyNotMounted(destination);
      if (why === undefined) continue;
      throw new Unknown(
        `runc run failed: unable to start container process: error during container init: error mounting ${JSON.stringify(type)} to rootfs at ${JSON.stringify(destination)}: ${JSON.stringify(destination)} ${why}`,
      );
    }
    const spec = this.#specOf(root, id, {
      home,
      user: resolved,
      env,
      mounts: [...fileMounts, ...stepMounts],
      hostname,
      namespaces: this.#namespaces(joined),
    });
    try {
      await this.#execute(id, spec, root, files, context);
    } finally {
      await points.clear();
    }
  }

  #specOf(
    root: SafeRoot,
    id: string,
    step: {
      home: string;
      user: { uid: number; gid: number; additionalGids: number[] };
      /** what only this run has: secrets, the agent's address */
      env: string[];
      mounts: RuntimeMount[];
      hostname: string;
      namespaces: SpecNamespaces;
    },
  ): RuntimeSpec {
    const { args, env, cwd, privileged = false } = this.#definition;
    const { tenant } = this.#work;
    const has = (name: string): boolean => env.some((entry) => entry.startsWith(`${name}=`));
    checkBuildNetwork(tenant.rules, this.#settings.network);
    checkBuildPrivileges(tenant.rules, privileged);
    checkBuildUlimits(tenant.rules, this.#settings.ulimits);
    return this.#tools.spec({
      args,
      env: [
        ...(has("PATH") ? [] : [defaultPath]),
        ...(has("HOME") ? [] : [`HOME=${step.home}`]),
        ...this.#settings.proxies,
        ...env,
        ...step.env,
      ],
      cwd,
      rootfs: root.dir,
      user: step.user,
      privileged,
      hostname: step.hostname,
      idMap: tenant.idMap,
      cgroupPath: path.posix.join(this.#cgroupParent(), `build-${id}`),
      mounts: step.mounts,
      namespaces: step.namespaces,
      ...(this.#settings.shmSize === undefined ? {} : { shmSize: this.#settings.shmSize }),
      ...(this.#settings.limits === undefined ? {} : { limits: this.#settings.limits }),
      ulimits: this.#settings.ulimits,
      openFiles: tenant.limits.openFiles,
    });
  }

  /** Beneath the root of control groups, wherever `..` would lead. */
  #cgroupParent(): string {
    const { tenant } = this.#work;
    const { cgroupParent } = this.#settings;
    if (cgroupParent === undefined) return tenant.cgroupParent;
    checkBuildCgroup(tenant.rules, cgroupParent);
    return path.posix.join("/", cgroupParent);
  }

  /** Who shares a container's network is in its user namespace, too: else the kernel grants nothing in it. */
  #namespaces(joined: JoinedContainer | undefined): SpecNamespaces {
    if (joined !== undefined) {
      return { network: { path: `/proc/${joined.pid}/ns/net` }, user: { path: `/proc/${joined.pid}/ns/user` } };
    }
    return this.#settings.network === "host" ? { network: "host" } : {};
  }

  async #execute(id: string, spec: RuntimeSpec, root: SafeRoot, files: StepFiles, context: ExecContext): Promise<void> {
    const tail = new OutputTail();
    const masks: { mask: SecretMask; tell: (chunk: Buffer) => unknown }[] = [];
    const output = (stream: "stdout" | "stderr") => {
      const mask = new SecretMask(this.#secrets());
      const tell = (chunk: Buffer) => {
        tail.add(chunk);
        return context.output(stream, chunk);
      };
      masks.push({ mask, tell });
      return (chunk: Buffer) => tell(mask.push(chunk));
    };
    const process = {
      id,
      tenant: this.#work.tenant.id,
      spec,
      rootfs: root.dir,
      network: this.#settings.network,
      files,
      onStdout: output("stdout"),
      onStderr: output("stderr"),
      signal: context.signal,
    };
    const { code, oomKilled, used } = await context.aside(() => runStepProcess(process, this.#tools));
    for (const { mask, tell } of masks) {
      await tell(mask.end());
    }
    for (const [name, value] of Object.entries(used)) {
      context.measure(`used.${name}`, value);
    }
    if (code !== 0) {
      const { limits, rules } = this.#work.tenant;
      const { platform } = this.#settings;
      throw new RunFailed(this.#settings.shown, {
        code,
        oomKilled,
        used,
        limits,
        rules,
        platform,
        lastOutput: tail.toString(),
        missing: this.#settings.volumes().filter((volume) => !root.exists(volume)),
      });
    }
  }

  /** Those that the step is given. */
  #secrets(): Uint8Array[] {
    const { values } = this.#settings.secrets;
    return this.#definition.mounts.flatMap((mount) => (mount.type === "secret" ? (values.get(mount.id) ?? []) : []));
  }

  /** A shell that is not in the image is the commonest mistake with FROM scratch: say so before the runtime does. */
  #checkProgram(root: SafeRoot): void {
    const { args, mounts } = this.#definition;
    const program = args[0] ?? "";
    const mounted = mounts.some(
      ({ target }) => target !== undefined && program.startsWith(`${path.posix.resolve(target)}/`),
    );
    if (program.startsWith("/") && !mounted && !root.exists(program)) {
      throw new ProgramMissing(program, args.length > 2 && args[1] === "-c");
    }
  }

  /** Root's home, as its passwd entry has it; that of an image without one is /, as with docker run. */
  #rootHome(root: SafeRoot): string {
    return root.exists("/etc/passwd") ? this.#work.users(root.dir, "0").home : "/";
  }
}
