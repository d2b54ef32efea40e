import type { Platform } from "../../oci/types.ts";
import type { Variables } from "../dockerfile/expand.ts";

/** Usable by RUN without ARG; never in the history nor in cache keys (Dockerfile reference, Predefined ARGs). */
export const proxyArguments: readonly string[] = [
  "http_proxy",
  "https_proxy",
  "ftp_proxy",
  "no_proxy",
  "all_proxy",
].flatMap((name) => [name.toUpperCase(), name]);

/** TARGETPLATFORM and its like (Dockerfile reference, Automatic platform ARGs in the global scope). */
export function platformArguments(target: Platform, build: Platform): Map<string, string> {
  const entries: [string, string][] = [];
  for (const [prefix, platform] of [
    ["TARGET", target],
    ["BUILD", build],
  ] as const) {
    const variant = platform.variant ?? "";
    const name = [platform.os, platform.architecture, ...(variant === "" ? [] : [variant])].join("/");
    entries.push(
      [`${prefix}PLATFORM`, name],
      [`${prefix}OS`, platform.os],
      [`${prefix}ARCH`, platform.architecture],
      [`${prefix}VARIANT`, variant],
    );
  }
  return new Map(entries);
}

/** ARGs before the first FROM. */
export class GlobalArguments implements Variables {
  readonly #platform: Map<string, string>;
  readonly #values = new Map<string, string | undefined>();

  constructor(platform: Map<string, string>) {
    this.#platform = platform;
  }

  declare(name: string, value: string | undefined): void {
    this.#values.set(name, value);
  }

  get(name: string): string | undefined {
    return this.#values.has(name) ? this.#values.get(name) : this.#platform.get(name);
  }

  names(): string[] {
    return [...this.#values.keys(), ...this.#platform.keys()];
  }
}
