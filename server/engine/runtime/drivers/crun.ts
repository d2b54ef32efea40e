import type { RuntimeSpec } from "../runtime-spec.ts";
import type { RuntimeDriver } from "./driver.ts";
import { findProgram, programVersion } from "./find-program.ts";

/** crun: the default, for it is the fastest to start. Knows all that our specs hold. */
export class CrunDriver implements RuntimeDriver {
  readonly name = "crun";
  readonly makesNetworkNamespace = true;
  #binary: Promise<string> | undefined;

  binary(): Promise<string> {
    this.#binary ??= findProgram("crun", "crun").catch((error: unknown) => {
      this.#binary = undefined;
      throw error;
    });
    return this.#binary;
  }

  async version(): Promise<string> {
    return programVersion(await this.binary());
  }

  fitSpec(spec: RuntimeSpec): RuntimeSpec {
    return spec;
  }
}
