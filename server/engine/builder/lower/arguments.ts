import { formatPlatform } from "../../oci/platform.ts";
import type { Platform } from "../../oci/types.ts";
import type { Dockerfile } from "../dockerfile/ast.ts";
import type { Variables } from "../dockerfile/expand.ts";

/** Usable by RUN without ARG; never in the history nor in cache keys (Dockerfile reference, Predefined ARGs). */
const proxyNames = ["http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"];

/**
 * The proxies that were given, as `NAME=value`: each in both cases, for programs differ in which they read.
 * @param declared names that are arguments of the stage anyway
 */
export function proxyEnvironment(
  buildArgs: Readonly<Record<string, string | undefined>>,
  declared: ReadonlySet<string>,
): string[] {
  return proxyNames.flatMap((name) => {
    const both = [name.toUpperCase(), name];
    const given = both.map((written) => buildArgs[written]);
    return both.flatMap((written, index) => {
      const value = given[index] ?? given.find((other) => other !== undefined);
      return value === undefined || declared.has(written) ? [] : [`${written}=${value}`];
    });
  });
}

/** TARGETPLATFORM and its like (Dockerfile reference, Automatic platform ARGs in the global scope). */
export function platformArguments(
  target: Platform,
  build: Platform,
  options: { dockerfile: Dockerfile; request: { target?: string; buildArgs: Record<string, string | undefined> } },
): Map<string, string> {
  const { dockerfile, request } = options;
  const stage = request.target || dockerfile.stages.at(-1)?.from.alias || "default";
  const entries: [string, string][] = [["TARGETSTAGE", stage]];
  for (const [prefix, platform] of [
    ["TARGET", target],
    ["BUILD", build],
  ] as const) {
    entries.push(
      [`${prefix}PLATFORM`, formatPlatform(platform)],
      [`${prefix}OS`, platform.os],
      [`${prefix}OSVERSION`, platform["os.version"] ?? ""],
      [`${prefix}ARCH`, platform.architecture],
      [`${prefix}VARIANT`, platform.variant ?? ""],
    );
  }
  return new Map(entries.map(([name, value]) => [name, request.buildArgs[name] ?? value]));
}

/** ARGs before the first FROM, and what is there without one. */
export class GlobalArguments implements Variables {
  /** the same as they are when no `--build-arg` is given */
  defaults: GlobalArguments | undefined;
  readonly #values: Map<string, string>;
  readonly #declared = new Set<string>();

  constructor(predefined: ReadonlyMap<string, string>) {
    this.#values = new Map(predefined);
  }

  copy(): GlobalArguments {
    return new GlobalArguments(this.#values);
  }

  /** @param value undefined: what is there stays */
  declare(name: string, value: string | undefined): void {
    this.#declared.add(name);
    if (value !== undefined) {
      this.#values.set(name, value);
    }
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** Declared or predefined, even without a value. */
  declares(name: string): boolean {
    return this.#declared.has(name) || this.#values.has(name);
  }

  names(): string[] {
    return [...new Set([...this.#declared, ...this.#values.keys()])];
  }
}
