import { randomUUID } from "node:crypto";
import { existsSync, lstatSync, readlinkSync } from "node:fs";
import path from "node:path";
import { Cancelled, FailedPrecondition, Unavailable } from "../../errdefs/errors.ts";
import { SafeRoot } from "../../mount/safe-path.ts";
import type { RuntimeMount } from "../../runtime/runtime-spec.ts";
import type { BuildWork } from "../ops/build-work.ts";
import type { ExecTools } from "../ops/exec-tools.ts";
import { bindMount } from "../ops/exec-mounts.ts";
import { OutputTail } from "../ops/run-failed.ts";
import { StepFiles } from "../ops/step-files.ts";
import { runStepProcess } from "../ops/step-process.ts";

export interface GitRun {
  script: string;
  /** what the script is told */
  env: Readonly<Record<string, string>>;
  /** settings of git, by name: `http.<address>.extraheader`. In no argument and no message */
  config?: Readonly<Record<string, string>>;
  /** a directory of this machine whose files belong to the tenant's root: /checkout for the script */
  checkout?: string;
  signal: AbortSignal;
  onOutput?: (chunk: Buffer) => void | Promise<void>;
}

export interface GitSettings {
  /** of the build's steps; the repository is fetched also where those have none */
  network: string;
  /** `name:address` */
  extraHosts: readonly string[];
  /** HTTP_PROXY and its like, as `NAME=value` */
  proxies: readonly string[];
}

/** ms: longer than any repository that is fit for a build needs */
const timeLimit = 15 * 60_000;
/** Bytes of one file: a pack that is larger is not taken. */
const largestFile = 4 * 1024 ** 3;
/** Bytes of what a script prints. */
const largestOutput = 1 << 20;

/** The machine's own programs, read-only: nothing in them is secret, and nothing of the tenant's runs there but git. */
const programs = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ssl/certs", "/etc/alternatives"];

/** No host's settings, no questions, no hooks, no transports to this machine's files or to programs. */
const environment = [
  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  "HOME=/git-home",
  "LC_ALL=C.UTF-8",
  "GIT_CONFIG_NOSYSTEM=1",
  "GIT_CONFIG_GLOBAL=/dev/null",
  "GIT_TERMINAL_PROMPT=0",
  "GIT_ALLOW_PROTOCOL=http:https:git",
];
const settings: Readonly<Record<string, string>> = {
  "core.hooksPath": "/dev/null",
  "credential.helper": "",
  "safe.directory": "*",
  "init.defaultBranch": "master",
  "advice.detachedHead": "false",
  "http.lowSpeedLimit": "1",
  "http.lowSpeedTime": "60",
};

/**
 * Runs git for a tenant as a step of a build: in its namespaces, with its user ids, limits, network and rules, on a root
 * file system that is thrown away. The daemon itself never speaks to a repository.
 */
export class GitSandbox {
  readonly #work: Pick<BuildWork, "tenant" | "lease" | "workshop">;
  readonly #tools: ExecTools;
  readonly #settings: GitSettings;

  constructor(work: Pick<BuildWork, "tenant" | "lease" | "workshop">, tools: ExecTools, gitSettings: GitSettings) {
    this.#work = work;
    this.#tools = tools;
    this.#settings = gitSettings;
  }

  /**
   * What the script printed.
   * @throws FailedPrecondition (no git here), Unavailable with git's last words, Cancelled
   */
  async run(run: GitRun): Promise<string> {
    if (!existsSync("/usr/bin/git")) {
      throw new FailedPrecondition(
        "git is not installed on this machine: the operator can add it (apt-get install git)",
      );
    }
    const { tenant, lease, workshop } = this.#work;
    this.#tools.executor.expectStart?.();
    return workshop.scratch(undefined, lease, (directory) => this.#inRoot(directory, run), { idMap: tenant.idMap });
  }

  async #inRoot(directory: string, run: GitRun): Promise<string> {
    const { tenant } = this.#work;
    const id = randomUUID().replaceAll("-", "");
    using root = new SafeRoot(directory);
    using files = new StepFiles(path.join(this.#tools.directory, id), {
      hostname: "git",
      extraHosts: this.#settings.extraHosts,
      resolvers: this.#tools.resolvers(),
      owner: tenant.idMap.hostBase,
    });
    const mounts = this.#mounts(root, files, run.checkout);
    const spec = this.#tools.spec({
      args: ["/bin/sh", "-c", run.script],
      env: [
        ...environment,
        ...this.#settings.proxies,
        ...configuration({ ...settings, ...run.config }),
        ...pairs(run.env),
      ],
      cwd: "/",
      rootfs: root.dir,
      hostname: "git",
      idMap: tenant.idMap,
      cgroupPath: `${tenant.cgroupParent}/build-${id}`,
      mounts,
      ...(this.#network === "host" ? { namespaces: { network: "host" as const } } : {}),
      ulimits: [{ name: "fsize", soft: largestFile, hard: largestFile }],
    });
    const late = AbortSignal.timeout(timeLimit);
    const tail = new OutputTail();
    let printed = "";
    const { code } = await runStepProcess(
      {
        id,
        tenant: tenant.id,
        spec,
        rootfs: root.dir,
        network: this.#network,
        files,
        onStdout: (chunk) => {
          printed = (printed + chunk.toString("utf8")).slice(0, largestOutput);
        },
        onStderr: (chunk) => {
          tail.add(chunk);
          return run.onOutput?.(chunk);
        },
        signal: AbortSignal.any([run.signal, late]),
      },
      this.#tools,
    ).catch((error: unknown) => {
      if (late.aborted && !run.signal.aborted) {
        throw new Unavailable(`git was ended after ${timeLimit / 60_000} minutes`, { cause: error });
      }
      throw error;
    });
    if (run.signal.aborted) {
      throw new Cancelled("the build was cancelled", { cause: run.signal.reason });
    }
    if (code !== 0) {
      throw new Unavailable(tail.toString().trim() || `git ended with exit code ${code}`);
    }
    return printed;
  }

  get #network(): string {
    return this.#settings.network === "none" ? "bridge" : this.#settings.network;
  }

  #mounts(root: SafeRoot, files: StepFiles, checkout: string | undefined): RuntimeMount[] {
    for (const name of ["proc", "sys", "dev", "tmp", "checkout", "git-home", "etc"]) {
      root.makeDirectory(name, { parents: true, mode: 0o755 });
    }
    const mounts: RuntimeMount[] = [];
    for (const program of programs) {
      const stat = lstatSync(program, { throwIfNoEntry: false });
      if (stat?.isSymbolicLink() === true) {
        root.makeLink(program, readlinkSync(program));
      } else if (stat !== undefined) {
        root.makeDirectory(program, { parents: true, mode: 0o755 });
        mounts.push(bindMount(program, program, "ro"));
      }
    }
    for (const { source, destination } of files.mounts) {
      root.writeFile(destination, "", { mode: 0o644 });
      mounts.push(bindMount(source, destination, "ro"));
    }
    return checkout === undefined ? mounts : [...mounts, bindMount(checkout, "/checkout", "rw")];
  }
}

function pairs(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `${name}=${value}`);
}

/** Settings for one call (git(1), GIT_CONFIG_COUNT). */
function configuration(values: Readonly<Record<string, string>>): string[] {
  const entries = Object.entries(values);
  return [
    `GIT_CONFIG_COUNT=${entries.length}`,
    ...entries.flatMap(([name, value], index) => [
      `GIT_CONFIG_KEY_${index}=${name}`,
      `GIT_CONFIG_VALUE_${index}=${value}`,
    ]),
  ];
}
