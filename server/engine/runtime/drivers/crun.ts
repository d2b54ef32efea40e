import type { RuntimeSpec } from "../runtime-spec.ts";
import { SeccompCompiler } from "../spec/seccomp-compiler.ts";
import type { RuntimeDriver } from "./driver.ts";
import { findProgram, programVersion } from "./find-program.ts";
import { readOnlyProgram } from "./read-only-program.ts";
import { isAtLeast } from "./version.ts";

/** crun(1), "run.oci.seccomp_bpf_data": used in place of the profile, which says still that there is one. */
const compiledProfile = "run.oci.seccomp_bpf_data";
/** The first release that knows it (crun's NEWS). An older one would be left with a profile that forbids every call. */
const compiledSince = [0, 18] as const;

/** crun: the default, for it is the fastest to start. Knows all that our specs hold. */
export class CrunDriver implements RuntimeDriver {
  readonly name = "crun";
  readonly makesNetworkNamespace = true;
  readonly #dir: string | undefined;
  readonly #profiles = new SeccompCompiler();
  #binary: Promise<string> | undefined;
  /** known when `binary` has resolved */
  #takesCompiled = false;

  /** @param dir where to mount the program read-only, beneath a shared mount; undefined: it is used where it lies */
  constructor(dir?: string) {
    this.#dir = dir;
  }

  binary(): Promise<string> {
    this.#binary ??= this.#place().catch((error: unknown) => {
      this.#binary = undefined;
      throw error;
    });
    return this.#binary;
  }

  async version(): Promise<string> {
    return programVersion(await findProgram("crun", "crun"));
  }

  fitSpec(spec: RuntimeSpec): RuntimeSpec {
    const { seccomp } = spec.linux;
    const compiled = seccomp === undefined || !this.#takesCompiled ? undefined : this.#profiles.compile(seccomp);
    if (compiled === undefined) return spec;
    const annotations = { ...spec.annotations, [compiledProfile]: compiled };
    // Of the profile only that there is one: crun would read through all its calls at each start.
    const { defaultAction } = seccomp as { defaultAction: string };
    return { ...spec, annotations, linux: { ...spec.linux, seccomp: { defaultAction } } };
  }

  async #place(): Promise<string> {
    const program = await findProgram("crun", "crun");
    this.#takesCompiled = isAtLeast(await programVersion(program), compiledSince);
    return this.#dir === undefined ? program : readOnlyProgram(program, this.#dir);
  }
}
