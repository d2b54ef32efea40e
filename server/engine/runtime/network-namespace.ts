import { spawn } from "node:child_process";
import { once } from "node:events";
import { FailedPrecondition } from "../errdefs/errors.ts";
import type { RuntimeSpec } from "./runtime-spec.ts";

/** A new network namespace; it lives on in whatever process has joined it by the time it is let go. */
export interface HeldNamespace extends Disposable {
  /** of the namespace, valid in every mount namespace until disposed of */
  readonly path: string;
}

/** @throws FailedPrecondition when the kernel refuses */
export async function holdNetworkNamespace(): Promise<HeldNamespace> {
  const child = spawn("unshare", ["--net", "sh", "-c", "echo; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(child, "exit").then(() => false);
  const ready = once(child.stdout, "data").then(() => true);
  if (!(await Promise.race([ready, ended])) || child.pid === undefined) {
    throw new FailedPrecondition("a network namespace could not be made: unshare --net failed");
  }
  return {
    path: `/proc/${child.pid}/ns/net`,
    [Symbol.dispose]: () => void child.kill("SIGKILL"),
  };
}

/** True if the spec asks for a network namespace that does not exist yet. */
export function wantsNetworkNamespace(spec: RuntimeSpec): boolean {
  return spec.linux.namespaces.some(({ type, path }) => type === "network" && path === undefined);
}

/** `spec` with the network namespace at `path` in place of a new one. */
export function withNetworkNamespace(spec: RuntimeSpec, path: string): RuntimeSpec {
  const namespaces = spec.linux.namespaces.map((each) => (each.type === "network" ? { ...each, path } : each));
  return { ...spec, linux: { ...spec.linux, namespaces } };
}
