import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RuntimeSpec } from "../runtime-spec.ts";
import type { RuntimeDriver } from "./driver.ts";
import { findProgram, programVersion } from "./find-program.ts";

/**
 * runsc (gVisor): containers on a kernel of their own, in user space. Called through a small wrapper, for shims pass
 * no options of a runtime's own. The ptrace platform works everywhere, also inside virtual machines.
 */
export class RunscDriver implements RuntimeDriver {
  readonly name = "runsc";
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

  /**
   * gVisor's kernel has its own network stack and no such sysctls, and filters system calls itself; its sandbox is
   * what separates users, so it runs without a user namespace of the host's making being needed for /proc and /sys.
   */
  fitSpec(spec: RuntimeSpec): RuntimeSpec {
    const { sysctl: _sysctl, seccomp: _seccomp, ...linux } = spec.linux;
    return { ...spec, linux };
  }

  async #writeWrapper(): Promise<string> {
    const program = await findProgram("runsc", "runsc");
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const wrapper = join(this.#dir, "runsc");
    const fresh = `${wrapper}.${process.pid}`;
    await writeFile(fresh, `#!/bin/sh\nexec '${program}' --platform=ptrace "$@"\n`, { mode: 0o700 });
    await rename(fresh, wrapper);
    return wrapper;
  }
}
