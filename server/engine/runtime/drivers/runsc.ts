import { execFile } from "node:child_process";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RuntimeSpec } from "../runtime-spec.ts";
import type { RuntimeDriver } from "./driver.ts";
import { findProgram, programVersion } from "./find-program.ts";

const run = promisify(execFile);

/**
 * runsc (gVisor): containers on a kernel of their own, in user space. Called through a small wrapper, for supervisors pass
 * no options of a runtime's own. The ptrace platform works everywhere, also inside virtual machines.
 */
export class RunscDriver implements RuntimeDriver {
  readonly name = "runsc";
  readonly makesNetworkNamespace = false;
  readonly #dir: string;
  #binary: Promise<string> | undefined;

  /** @param dir where the wrapper is written (made if missing) */
  constructor(dir: string) {
    this.#dir = dir;
  }

  binary(): Promise<string> {
    this.#binary ??= this.#writeWrapper().catch((error: unknown) => {
      this.#binary = undefined;
      throw error;
    });
    return this.#binary;
  }

  async version(): Promise<string> {
    return programVersion(await findProgram("runsc", "runsc"));
  }

  /** gVisor's kernel has no such sysctls, and its sandbox filters system calls by a profile of its own. */
  fitSpec(spec: RuntimeSpec): RuntimeSpec {
    const { sysctl: _sysctl, seccomp: _seccomp, ...linux } = spec.linux;
    return { ...spec, linux };
  }

  async #writeWrapper(): Promise<string> {
    const program = await findProgram("runsc", "runsc");
    const text = wrapperText(program, await optionsOf(program), await mistakesNamespaces(program));
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const wrapper = join(this.#dir, "runsc");
    const fresh = `${wrapper}.${process.pid}`;
    await writeFile(fresh, text, { mode: 0o700 });
    await rename(fresh, wrapper);
    return wrapper;
  }
}

/** Releases from this date on know network namespaces of new kernels (google/gvisor, issue 10704). */
const fixedRelease = 20_240_901;
/** Older ones take a namespace for the host's if it shows this file, which every namespace does since Linux 6.11. */
const mistakenFile = "/proc/sys/net/core/rmem_default";

async function mistakesNamespaces(program: string): Promise<boolean> {
  const release = /(20\d{6})/.exec(await programVersion(program))?.[1];
  if (release === undefined || Number(release) >= fixedRelease) return false;
  try {
    await run("unshare", ["--net", "test", "!", "-e", mistakenFile]);
    return false;
  } catch {
    return true;
  }
}

/**
 * What releases since 2023 have and must be told: what containers write goes to their writable layer, where a diff and a
 * commit find it, and not to a file of runsc's own; and a tenant's API may be mounted into its containers.
 */
const newerOptions: Readonly<Record<string, string>> = { overlay2: "none", "host-uds": "open" };

async function optionsOf(program: string): Promise<string[]> {
  const { stdout, stderr } = await run(program, ["flags"]);
  const known = new Set([...`${stdout}${stderr}`.matchAll(/^\s*-([a-z0-9-]+)/gm)].map(([, name]) => name));
  return Object.entries(newerOptions).flatMap(([name, value]) => (known.has(name) ? [`--${name}=${value}`] : []));
}

/**
 * @param options of this release
 * @param hidesSysctls `start`, which takes over the network namespace, is called where the file it is misled by is not
 * seen: in a mount namespace of its own with nothing in /proc/sys/net
 */
function wrapperText(program: string, options: readonly string[], hidesSysctls: boolean): string {
  const runsc = `'${program}' --platform=ptrace ${["--network=sandbox", ...options].join(" ")} "$@"`;
  const start = `unshare --mount --propagation private sh -c 'mount -t tmpfs -o ro tmpfs /proc/sys/net && exec "$@"' sh`;
  // The command is the first word that is neither an option nor the value of one.
  const hidden = `[ "$7" != start ] || exec ${start} ${runsc}\n`;
  return `#!/bin/sh\n${hidesSysctls ? hidden : ""}exec ${runsc}\n`;
}
