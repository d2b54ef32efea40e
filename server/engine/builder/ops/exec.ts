import { randomUUID } from "node:crypto";
import path from "node:path";
import { InvalidArgument, PermissionDenied } from "../../errdefs/errors.ts";
import type { IdMap } from "../../mount/mount.ts";
import { SafeRoot } from "../../mount/safe-path.ts";
import type { NetworkService } from "../../network/network-service.ts";
import type { ResolverSettings } from "../../network/dns/host-resolvers.ts";
import { digestOf } from "../../oci/digest.ts";
import type { RuntimeMount, RuntimeSpec } from "../../runtime/runtime-spec.ts";
import type { SpecOptions } from "../../runtime/spec/default-spec.ts";
import type { Executor, RuntimeName } from "../../runtime/task.ts";
import type { CacheMap, ExecContext, Op } from "../solver/types.ts";
import { type BuildWork, epochKey } from "./build-work.ts";
import type { CacheMounts } from "./cache-mounts.ts";
import type { ExecDefinition, ExecMount, ExecSettings } from "./exec-definition.ts";
import { MountPoints } from "./mount-points.ts";
import type { BuildResult } from "./result.ts";
import { OutputTail, ProgramMissing, RunFailed } from "./run-failed.ts";
import { StepFiles } from "./step-files.ts";

/** What RUN needs beyond files. */
export interface ExecTools {
  executor: Executor;
  runtime: RuntimeName;
  spec: (options: SpecOptions) => RuntimeSpec;
  networks: NetworkService;
  resolvers: () => ResolverSettings;
  cacheMounts: CacheMounts;
  /** for the steps' /etc files; reachable for container users (mode 0711) */
  directory: string;
}

const hostname = "drydock";
const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

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

  get definition(): ExecDefinition {
    return this.#definition;
  }

  async cacheMap(): Promise<CacheMap<BuildResult>> {
    const { args, env, cwd, user, mounts } = this.#definition;
    const network = this.#settings.network === "none" ? "none" : "";
    return {
      key: digestOf(JSON.stringify(["exec", 1, this.#definition, network, ...epochKey(this.#work)])),
      facts: {
        instruction: `RUN ${args.join(" ")}`,
        env: JSON.stringify(env),
        cwd,
        user,
        mounts: JSON.stringify(mounts),
        network,
      },
    };
  }

  async exec(inputs: readonly BuildResult[], context: ExecContext): Promise<BuildResult> {
    const [base] = inputs;
    if (base?.kind !== "layer") {
      throw new InvalidArgument("RUN needs a file system");
    }
    const { lease, workshop, tenant } = this.#work;
    this.#tools.executor.expectStart?.();
    return workshop.change(
      base.layer,
      lease,
      async (rootfs) => {
        using root = new SafeRoot(rootfs);
        await this.#withMounts(inputs, context.signal, [...this.#definition.mounts], [], (mounts) =>
          this.#run(root, mounts, context),
        );
        return true;
      },
      {
        idMap: tenant.idMap,
        measure: (name, value) => context.measure(name, value),
        epoch: this.#work.epoch,
        onFailed: async (error, keep) => {
          if (error instanceof RunFailed) {
            error.left = await keep();
          }
        },
      },
    );
  }

  /** Sets up the mounts one within the other, so that each is taken down in turn whatever happens. */
  async #withMounts(
    inputs: readonly BuildResult[],
    signal: AbortSignal,
    rest: ExecMount[],
    ready: RuntimeMount[],
    body: (mounts: RuntimeMount[]) => Promise<void>,
  ): Promise<void> {
    const [mount, ...others] = rest;
    if (mount === undefined) {
      await body(ready);
      return;
    }
    const next = (made: RuntimeMount): Promise<void> =>
      this.#withMounts(inputs, signal, others, [...ready, made], body);
    const idMap: IdMap = this.#work.tenant.idMap;
    switch (mount.type) {
      case "tmpfs": {
        const size = mount.size === undefined ? [] : [`size=${mount.size}`];
        await next({
          destination: mount.target,
          type: "tmpfs",
          source: "tmpfs",
          options: ["nosuid", "nodev", ...size],
        });
        return;
      }
      case "cache":
        await this.#tools.cacheMounts.use(mount, signal, (directory) =>
          this.#work.workshop.bind(
            directory,
            (source) => next(bindMount(source, mount.target, mount.readonly ? "ro" : "rw")),
            { idMap },
          ),
        );
        return;
      case "bind": {
        const input = inputs[mount.input];
        if (input?.kind !== "layer") {
          throw new InvalidArgument("a bind mount needs a file system");
        }
        const { workshop, lease } = this.#work;
        const use = async (directory: string): Promise<void> => {
          using root = new SafeRoot(directory);
          await next(bindMount(root.hostPath(mount.source), mount.target, mount.writable ? "rw" : "ro"));
        };
        await (mount.writable
          ? workshop.scratch(input.layer, lease, use, { idMap })
          : workshop.view(input.layer, lease, use, { idMap }));
      }
    }
  }

  async #run(root: SafeRoot, mounts: RuntimeMount[], context: ExecContext): Promise<void> {
    const { cwd, user } = this.#definition;
    const id = randomUUID().replaceAll("-", "");
    using files = new StepFiles(path.join(this.#tools.directory, id), {
      hostname,
      extraHosts: this.#settings.extraHosts,
      resolvers: this.#tools.resolvers(),
      owner: this.#work.tenant.idMap.hostBase,
    });
    this.#checkProgram(root);
    const resolved = user === "" ? undefined : this.#work.users(root.dir, user);
    const home = resolved?.home ?? this.#rootHome(root);
    if (!root.exists(cwd)) {
      root.makeDirectory(cwd, { parents: true, mode: 0o755 });
    }
    const points = new MountPoints(root);
    for (const destination of ["/proc", "/sys", "/dev"]) {
      points.add(destination);
    }
    const fileMounts = files.mounts.map(({ source, destination }) => bindMount(source, points.add(destination), "ro"));
    const stepMounts = mounts.map((mount) => ({
      ...mount,
      destination: points.add(path.posix.resolve(cwd, mount.destination)),
    }));
    const spec = this.#specOf(root, id, { home, user: resolved, mounts: [...fileMounts, ...stepMounts] });
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
      user: { uid: number; gid: number; additionalGids: number[] } | undefined;
      mounts: RuntimeMount[];
    },
  ): RuntimeSpec {
    const { args, env, cwd } = this.#definition;
    const { tenant } = this.#work;
    const has = (name: string): boolean => env.some((entry) => entry.startsWith(`${name}=`));
    if (this.#settings.network === "host" && tenant.policy !== "open") {
      throw new PermissionDenied("the host's network is not allowed here: leave out --network=host");
    }
    return this.#tools.spec({
      args,
      env: [
        ...(has("PATH") ? [] : [defaultPath]),
        ...(has("HOME") ? [] : [`HOME=${step.home}`]),
        ...this.#settings.proxies,
        ...env,
      ],
      cwd,
      rootfs: root.dir,
      ...(step.user === undefined ? {} : { user: step.user }),
      hostname,
      idMap: tenant.idMap,
      cgroupPath: `${tenant.cgroupParent}/build-${id}`,
      mounts: step.mounts,
      ...(this.#settings.network === "host" ? { namespaces: { network: "host" as const } } : {}),
      ...(this.#settings.shmSize === undefined ? {} : { shmSize: this.#settings.shmSize }),
      ...(this.#settings.limits === undefined ? {} : { limits: this.#settings.limits }),
      ulimits: this.#settings.ulimits,
    });
  }

  async #execute(id: string, spec: RuntimeSpec, root: SafeRoot, files: StepFiles, context: ExecContext): Promise<void> {
    const tail = new OutputTail();
    const { networks, executor, runtime } = this.#tools;
    const { network } = this.#settings;
    const output = (stream: "stdout" | "stderr") => (chunk: Buffer) => {
      tail.add(chunk);
      return context.output(stream, chunk);
    };
    try {
      const { code, oomKilled } = await executor.run({
        id,
        tenant: this.#work.tenant.id,
        runtime,
        spec,
        rootfs: root.dir,
        onStdout: output("stdout"),
        onStderr: output("stderr"),
        onCreated: async (pid) => {
          if (network !== "host") {
            const dns = { servers: [], search: [], options: [] };
            await networks.sandboxes.open({ id, netns: `/proc/${pid}/ns/net`, names: [], dns });
          }
          if (network !== "host" && network !== "none") {
            const endpoint = await networks.sandboxes.connect(id, networks.get(network).id);
            files.setAddress(endpoint.ipv4);
          }
        },
        signal: context.signal,
      });
      if (code !== 0) {
        const { limits } = this.#work.tenant;
        throw new RunFailed(this.#definition.args, { code, oomKilled, lastOutput: tail.toString(), limits });
      }
    } finally {
      if (network !== "host") {
        await networks.sandboxes.close(id);
      }
    }
  }

  /** A shell that is not in the image is the commonest mistake with FROM scratch: say so before the runtime does. */
  #checkProgram(root: SafeRoot): void {
    const { args, mounts } = this.#definition;
    const program = args[0] ?? "";
    const mounted = mounts.some(({ target }) => program.startsWith(`${path.posix.resolve(target)}/`));
    if (program.startsWith("/") && !mounted && !root.exists(program)) {
      throw new ProgramMissing(program, args.length > 2 && args[1] === "-c");
    }
  }

  /** Root's home, as its passwd entry has it. */
  #rootHome(root: SafeRoot): string {
    return root.exists("/etc/passwd") ? this.#work.users(root.dir, "0").home : "/root";
  }
}

function bindMount(source: string, destination: string, access: "ro" | "rw"): RuntimeMount {
  return { destination, type: "bind", source, options: ["bind", access, "nosuid", "nodev"] };
}
