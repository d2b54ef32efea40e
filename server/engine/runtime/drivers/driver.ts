import type { RuntimeName } from "../task.ts";
import type { RuntimeSpec } from "../runtime-spec.ts";

/** One OCI runtime: where its program is, what it can do, and what a spec needs to be so that it accepts it. */
export interface RuntimeDriver {
  readonly name: RuntimeName;
  /** false: a new network namespace has to be made for it and given by path */
  readonly makesNetworkNamespace: boolean;
  /**
   * Path of a program with the runtime's command line (create, start, delete, ...), for supervisors and build steps.
   * @throws FailedPrecondition when the runtime is not installed, with the package that holds it
   */
  binary(): Promise<string>;
  /** First line of `--version` without the name, e.g. `1.21`. @throws as `binary` */
  version(): Promise<string>;
  /** `spec` without what this runtime does not understand or does otherwise. Never changes its argument. */
  fitSpec(spec: RuntimeSpec): RuntimeSpec;
}
