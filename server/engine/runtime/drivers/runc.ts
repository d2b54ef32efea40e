import type { RuntimeSpec } from "../runtime-spec.ts";
import type { RuntimeDriver } from "./driver.ts";
import { findProgram, programVersion } from "./find-program.ts";

/** runc: the reference implementation. */
export class RuncDriver implements RuntimeDriver {
  readonly name = "runc";
  readonly makesNetworkNamespace = true;
  #binary: Promise<string> | undefined;

  binary(): Promise<string> {
    this.#binary ??= findProgram("runc", "runc").catch((error: unknown) => {
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
