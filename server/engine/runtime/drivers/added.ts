import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FailedPrecondition } from "../../errdefs/errors.ts";
import type { RuntimeSpec } from "../runtime-spec.ts";
import type { RuntimeDriver } from "./driver.ts";
import { programVersion } from "./find-program.ts";
import { readOnlyProgram } from "./read-only-program.ts";

/** An OCI runtime that the operator added by its path (dockerd(8), --add-runtime). It has runc's command line. */
export class AddedRuntimeDriver implements RuntimeDriver {
  readonly name: string;
  readonly makesNetworkNamespace = true;
  readonly path: string;
  readonly args: readonly string[];
  readonly #dir: string;

  /**
   * @param options.args put before the runtime's own arguments
   * @param dir where to mount the program read-only, beneath a shared mount
   */
  constructor(name: string, { path, args = [] }: { path: string; args?: readonly string[] }, dir: string) {
    this.name = name;
    this.path = path;
    this.args = args;
    this.#dir = dir;
  }

  async binary(): Promise<string> {
    const program = await this.#find();
    const placed = await readOnlyProgram(program, join(this.#dir, this.name));
    if (this.args.length === 0) {
      return placed;
    }
    // Running containers know theirs by its path: other arguments are another file.
    const script = `#!/bin/sh\nexec ${[placed, ...this.args].map(quoted).join(" ")} "$@"\n`;
    const place = join(this.#dir, `${this.name}.${createHash("sha256").update(script).digest("hex").slice(0, 16)}`);
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    await writeFile(place, script, { mode: 0o700 });
    return place;
  }

  async version(): Promise<string> {
    return programVersion(await this.#find());
  }

  fitSpec(spec: RuntimeSpec): RuntimeSpec {
    return spec;
  }

  async #find(): Promise<string> {
    const places = this.path.includes("/")
      ? [this.path]
      : (process.env["PATH"] ?? "").split(":").map((dir) => join(dir, this.path));
    for (const place of places) {
      try {
        await access(place, constants.X_OK);
        return place;
      } catch {
        // The next one.
      }
    }
    throw new FailedPrecondition(
      `the runtime ${this.name} cannot be used: ${this.path} is not a program (runtimes in daemon.json)`,
    );
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
