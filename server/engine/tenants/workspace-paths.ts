import { normalize } from "node:path/posix";
import type { TenantPaths } from "./tenant.ts";

/** A bind mount's source as a directory of ours to start from, and a path beneath it to be resolved safely. */
export interface BindSource {
  root: string;
  /** relative, without `..`; empty for the root itself */
  path: string;
  /** the learner's files: a missing directory may be made there */
  writable: boolean;
  /** how the learner calls it, for messages: an absolute path, or `volume:path` */
  shown: string;
}

/** Where the workstation sees the learner's files. */
export const workspaceMount = "/workspace";
/** Where the workstation sees the directory that holds its `docker.sock`. */
export const socketMount = "/run/drydock";

/** Whether these mounts are a workstation's: it has the tenant's API, and ports of the tenant's are published in it. */
export function hasOwnApi(mounts: readonly { type: string; source: string }[]): boolean {
  return mounts.some(({ type, source }) => type === "bind" && source === socketMount);
}

/**
 * What a path of the workstation means on the machine; undefined if it is none of the tenant's.
 * `/var/run/docker.sock` is the tenant's own API, as on a machine with Docker.
 */
export function workspaceBind(source: string, paths: TenantPaths): BindSource | undefined {
  if (!source.startsWith("/") || source.includes("\0")) {
    return undefined;
  }
  const path = normalize(source).replace(/\/$/, "");
  if (path === workspaceMount || path.startsWith(`${workspaceMount}/`)) {
    return { root: paths.workspace, path: path.slice(workspaceMount.length + 1), writable: true, shown: path };
  }
  if (path === "/var/run/docker.sock" || path === "/run/docker.sock") {
    return { root: paths.socketDir, path: "docker.sock", writable: false, shown: path };
  }
  if (path === socketMount || path === `${socketMount}/docker.sock`) {
    return { root: paths.socketDir, path: path.slice(socketMount.length + 1), writable: false, shown: path };
  }
  return undefined;
}
