import type { UnsupportedField } from "./refuse.ts";

function beneath(prefix: string, fields: readonly UnsupportedField[]): UnsupportedField[] {
  return fields.map((row) => ({ ...row, field: `${prefix}.${row.field}` }));
}

const mounts: readonly UnsupportedField[] = [
  { field: "Type", instead: "use a volume", isSet: (value) => value === "cluster" },
  { field: "ClusterOptions", instead: "use a volume" },
];

/** `POST /containers/create` */
export const createContainerFields: readonly UnsupportedField[] = [...beneath("HostConfig.Mounts.*", mounts)];

/** `POST /containers/{id}/start`, query */
export const startContainerParameters: readonly UnsupportedField[] = [
  { field: "checkpoint", instead: "checkpoints cannot be made or restored; start the container without one" },
  { field: "checkpoint-dir", instead: "checkpoints cannot be made or restored; start the container without one" },
];

/** `POST /volumes/create` */
export const createVolumeFields: readonly UnsupportedField[] = [
  { field: "ClusterVolumeSpec", instead: "create a volume with the driver local" },
];

const buildkit = "there is no BuildKit here, build with DOCKER_BUILDKIT=0";

/**
 * `POST /build`, query: contexts that come by a session with BuildKit or by a second request. What caches are used does
 * not change the result: `cachefrom` is let through.
 */
export const buildParametersNotRead: readonly UnsupportedField[] = [
  { field: "remote", instead: buildkit, isSet: (value) => value === "client-session" || value === "upload-request" },
  { field: "buildid", instead: buildkit, isSet: (value) => String(value).startsWith("upload-request:") },
];
