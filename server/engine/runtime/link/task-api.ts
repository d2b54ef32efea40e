import type { Schema } from "./protobuf.ts";
import { timestamp } from "./timestamp.ts";

/**
 * Messages of containerd's task API (containerd, api/runtime/task/v2/shim.proto) and the options of its runc shim
 * (api/types/runc/options/oci.proto), as far as drydockd and its supervisor use them.
 */
const any = { typeUrl: [1, "string"], value: [2, "bytes"] } as const satisfies Schema;
const empty = {} as const satisfies Schema;
const target = { id: [1, "string"], execId: [2, "string"] } as const satisfies Schema;

export const runcOptions = {
  ioUid: [4, "uint32"],
  ioGid: [5, "uint32"],
  binaryName: [6, "string"],
  root: [7, "string"],
} as const satisfies Schema;

export const taskMethods = {
  Create: {
    request: {
      id: [1, "string"],
      bundle: [2, "string"],
      terminal: [4, "bool"],
      stdin: [5, "string"],
      stdout: [6, "string"],
      stderr: [7, "string"],
      options: [10, any],
    },
    response: { pid: [1, "uint32"] },
  },
  Start: { request: target, response: { pid: [1, "uint32"] } },
  Delete: {
    request: target,
    response: { pid: [1, "uint32"], exitStatus: [2, "uint32"], exitedAt: [3, timestamp] },
  },
  Exec: {
    request: {
      id: [1, "string"],
      execId: [2, "string"],
      terminal: [3, "bool"],
      stdin: [4, "string"],
      stdout: [5, "string"],
      stderr: [6, "string"],
      spec: [7, any],
    },
    response: empty,
  },
  ResizePty: {
    request: { id: [1, "string"], execId: [2, "string"], width: [3, "uint32"], height: [4, "uint32"] },
    response: empty,
  },
  State: {
    request: target,
    response: {
      id: [1, "string"],
      bundle: [2, "string"],
      pid: [3, "uint32"],
      status: [4, "uint32"],
      stdin: [5, "string"],
      stdout: [6, "string"],
      stderr: [7, "string"],
      terminal: [8, "bool"],
      exitStatus: [9, "uint32"],
      exitedAt: [10, timestamp],
      execId: [11, "string"],
    },
  },
  Kill: {
    request: { id: [1, "string"], execId: [2, "string"], signal: [3, "uint32"], all: [4, "bool"] },
    response: empty,
  },
  CloseIO: { request: { id: [1, "string"], execId: [2, "string"], stdin: [3, "bool"] }, response: empty },
  Pause: { request: { id: [1, "string"] }, response: empty },
  Resume: { request: { id: [1, "string"] }, response: empty },
  Update: { request: { id: [1, "string"], resources: [2, any] }, response: empty },
  Wait: { request: target, response: { exitStatus: [1, "uint32"], exitedAt: [2, timestamp] } },
  /** not containerd's: ends the supervisor if nothing runs, and says so */
  Shutdown: { request: empty, response: { ending: [1, "bool"] } },
} as const satisfies Record<string, { request: Schema; response: Schema }>;

/** `status` of State */
export const taskStatus = { unknown: 0, created: 1, running: 2, stopped: 3, paused: 4, pausing: 5 } as const;

export const typeUrl = {
  runcOptions: "containerd.runc.v1.Options",
  process: "types.containerd.io/opencontainers/runtime-spec/1/Process",
  resources: "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources",
} as const;

/** What a supervisor is called at. */
export const taskService = "containerd.task.v2.Task";
