import type { BuildFailure, BuildWarning } from "./build-events.ts";

/**
 * The `/drydock/v1` extension beside the Docker Engine API: what a playground needs and Docker's API has no words for.
 * Same sockets, same scope: on a tenant's socket it is about that tenant. Errors are `{"message"}` as in Docker's API.
 * Streams are NDJSON (one JSON value a line) or raw bytes; each can be taken up again from an offset.
 *
 * On every tenant's socket (and the operator's):
 *
 * | route | body → answer |
 * |---|---|
 * | GET    /drydock/v1/workspace/files                   | → FileEntry[], parents first, at most 5,000 |
 * | GET    /drydock/v1/workspace/file?path=              | → bytes, `ETag: "<version>"` |
 * | PUT    /drydock/v1/workspace/file?path=              | bytes, optional `If-Match` (409 if it changed meanwhile), `executable=1` → FileEntry |
 * | DELETE /drydock/v1/workspace/file?path=              | file or directory → 204 |
 * | POST   /drydock/v1/workspace/directory?path=         | → FileEntry |
 * | POST   /drydock/v1/workspace/rename                  | RenameRequest → FileEntry |
 * | GET    /drydock/v1/workspace/tar?path=               | → application/x-tar |
 * | POST   /drydock/v1/workspace/tar?path=               | tar (plain, gzip, zstd), all of it or nothing → {files: number} |
 * | GET    /drydock/v1/workspace/changes                 | → NDJSON FileChange, live |
 * | POST   /drydock/v1/builds                            | BuildStart → BuildSummary (202) |
 * | GET    /drydock/v1/builds                            | → BuildSummary[], newest first |
 * | GET    /drydock/v1/builds?follow=1                   | → NDJSON BuildSummary[]: all now, and again when one has begun or ended |
 * | GET    /drydock/v1/builds/{id}                       | → BuildSummary |
 * | GET    /drydock/v1/builds/{id}/events?from=          | → NDJSON BuildEvent from that seq, ends with the build |
 * | POST   /drydock/v1/builds/{id}/cancel                | → 204 |
 * | GET    /drydock/v1/builds/{id}/output?type=          | → application/x-tar of what it made: `tar` (its files, default), `oci` or `docker` (the image) |
 * | GET    /drydock/v1/checks                            | → CheckSummary[]: the build checks |
 * | POST   /drydock/v1/checks                            | {text, name?} → CheckFindings: of a Dockerfile that is being written |
 * | GET    /drydock/v1/checks/{name}?language=           | → CheckPage, in English where none is asked for |
 * | POST   /drydock/v1/terminals                         | TerminalStart → TerminalSummary (201) |
 * | GET    /drydock/v1/terminals                         | → TerminalSummary[] |
 * | GET    /drydock/v1/terminals/{id}/output?offset=     | → raw bytes, live; `X-Drydock-Offset` is the offset of the first byte (later than asked if older ones are gone) |
 * | POST   /drydock/v1/terminals/{id}/input              | raw bytes → 204 |
 * | POST   /drydock/v1/terminals/{id}/resize             | {columns, rows} → 204 |
 * | DELETE /drydock/v1/terminals/{id}                    | ends its process → 204 |
 * | GET    /drydock/v1/containers/{id}/output?offset=    | → NDJSON ContainerOutput from that record on, live, ends with the container |
 * | GET    /drydock/v1/containers/{id}/output?tail=      | → NDJSON ContainerOutput, the last n records there are now (501 for a log that keeps none) |
 * | GET    /drydock/v1/containers/{id}/ports             | → ListeningPort[] |
 * | GET    /drydock/v1/containers/{id}/ending            | → ContainerEnding |
 * | GET    /drydock/v1/containers/{id}/directory?path=   | → DirectoryListing: one directory of it |
 * | GET    /drydock/v1/containers/{id}/anatomy           | → RunAnatomy: how it came to run |
 * | GET    /drydock/v1/requests?from=                    | → NDJSON LoggedRequest from that seq on, live |
 * | GET    /drydock/v1/limits                            | → LimitUsage |
 * | POST   /drydock/v1/activity                          | somebody uses it, though not through this API → 204 |
 *
 * On the operator's socket and on web.sock only:
 *
 * | POST   /drydock/v1/tenants                           | TenantStart → TenantSummary (201, 200 if it exists) |
 * | GET    /drydock/v1/tenants, /drydock/v1/tenants/{id} | → TenantSummary[], TenantSummary |
 * | DELETE /drydock/v1/tenants/{id}                      | stops and removes everything of it → 204 |
 * | GET    /drydock/v1/status                            | → EngineStatus |
 *
 * On the operator's socket, and on `metrics-addr` where the settings name one:
 *
 * | GET    /healthz, /readyz                             | → Health (readyz: 503 while it cannot serve) |
 * | GET    /metrics                                      | → Prometheus' text format |
 *
 * On the operator's socket only:
 *
 * | PUT    /drydock/v1/tenants/{id}/limits               | TenantLimits, all of them → TenantSummary |
 * | GET    /drydock/v1/tenants/{id}/usage                | → UsageSample[]: its last week, an hour each, oldest first |
 * | POST   /drydock/v1/tenants/{id}/stop                 | stops its containers → 204 |
 * | GET    /drydock/v1/policies                          | → PolicySummary[] |
 * | PUT    /drydock/v1/policies/{name}                   | values of some rules → PolicySummary |
 * | DELETE /drydock/v1/policies/{name}?rule=…            | back to what ships: these rules, or all → PolicySummary |
 */

/** Entries that are listed at most, top levels first. */
export const mostFileEntries = 5_000;

/**
 * Paths are relative to the workspace, with `/`, without `.` and `..`. A byte b that is not UTF-8 comes as the lone surrogate
 * U+DC00 + b; in a query it is that byte, percent-encoded (address-names.ts).
 */
export interface FileEntry {
  path: string;
  kind: "file" | "directory" | "symlink" | "other";
  /** bytes */
  size: number;
  /** opaque, changes with the content */
  version: string;
  executable: boolean;
  /** of a symlink */
  target?: string;
}

export interface RenameRequest {
  from: string;
  to: string;
}

export interface FileChange {
  path: string;
  kind: "changed" | "removed" | "rescan";
}

/**
 * `POST /drydock/v1/builds`. The header `X-Registry-Config` has credentials of registries, as with `POST /build`: for base
 * images, caches and pushes of this build; they are not kept.
 */
export interface BuildStart {
  /** directory within the workspace, "" for its top */
  contextPath: string;
  /** relative to the context, default `Dockerfile` */
  dockerfile?: string;
  /** of a Dockerfile that is not in the context (`docker build -f -`); `dockerfile` is its name then */
  dockerfileText?: string;
  tags: string[];
  target?: string;
  /** as `docker build --platform`: `linux/arm64` */
  platform?: string;
  /** as `docker build --network`: `none`, or a network's name */
  network?: string;
  /** as `docker buildx build --allow`: `security.insecure` for RUN --security=insecure, where the policy has --privileged */
  allow?: string[];
  /** as `docker build --add-host`: `NAME:ADDRESS` */
  extraHosts?: string[];
  /** as `docker build --ulimit` */
  ulimits?: { name: string; soft: number; hard: number }[];
  /** as `docker build --shm-size`, bytes */
  shmSize?: number;
  buildArgs?: Record<string, string>;
  labels?: Record<string, string>;
  noCache?: boolean;
  /** names of stages that run even if the cache has them (`docker build --no-cache-filter`) */
  noCacheStages?: string[];
  /** as `docker buildx build --cache-from`: `type=registry,ref=…`, `type=local,src=…` (a path in the workspace), or a name */
  cacheFrom?: string[];
  /** as `docker buildx build --cache-to`: `type=inline`, `type=registry,ref=…,mode=max`, `type=local,dest=…` */
  cacheTo?: string[];
  /**
   * as `docker buildx build --output`: `type=local,dest=…` (or a directory alone), `type=tar,dest=…`, `type=oci,dest=…`,
   * `type=docker,dest=…`, `type=image,name=…,push=true`; paths in the workspace
   */
  outputs?: string[];
  pull?: boolean;
  /** for RUN --mount=type=secret, by id. Values are not kept: a build that is resumed has files only */
  secrets?: Record<string, BuildSecret>;
  /** for RUN --mount=type=ssh, by id (`default`): the socket of an agent, a path in the workspace */
  ssh?: Record<string, string>;
  /** by the name that FROM or --from uses: a directory of the workspace, or `docker-image://NAME` */
  contexts?: Record<string, string>;
}

/** As text, or a file of the workspace. */
export type BuildSecret = { value: string } | { file: string };

export interface BuildSummary {
  id: string;
  status: "running" | "completed" | "failed" | "cancelled" | "interrupted";
  tags: string[];
  /** directory within the workspace; undefined: a client sent its files, which are not those of the workspace */
  contextPath?: string;
  /** relative to the context */
  dockerfile: string;
  imageId?: string;
  error?: string;
  /** ms since the epoch */
  startedAt: number;
  finishedAt?: number;
  /** what the files of its context were when it began (context-version.ts) */
  contextVersion?: string;
  /** the stage that was asked for (`docker build --target`) */
  target?: string;
  /** once it has ended: the bases of its stages, as written */
  base?: string;
  /** once it has ended: the instruction that failed; else the first one that did not come from the cache */
  telling?: string;
  /** once it has ended: it has what was changed in a shell that it went on from, and that is not in its Dockerfile */
  byHand?: true;
}

/** A build check; findings are `warning` events of a build (build-events.ts). */
export interface CheckSummary {
  name: string;
  /** one line */
  title: string;
  /** not Docker's but one for learners: never fails a build */
  teaching: boolean;
  /** only when the Dockerfile's check directive asks for it */
  experimental: boolean;
}

export interface CheckPage extends CheckSummary {
  /** Markdown: what it finds, an example, why, and what the one-click fix does */
  text: string;
}

/** What a build would say of a Dockerfile before it looks at files and images. */
export interface CheckFindings {
  /** the first mistake, with which no build can begin */
  failure?: BuildFailure;
  /** the mistakes of the instructions below it */
  further?: BuildFailure[];
  warnings: BuildWarning[];
}

export interface TerminalStart {
  container: string;
  /** default: the container's bash or sh, as a login shell */
  cmd?: string[];
  env?: string[];
  user?: string;
  workingDir?: string;
  columns: number;
  rows: number;
}

export interface TerminalSummary {
  id: string;
  container: string;
  cmd: string[];
  running: boolean;
  exitCode?: number;
  /** bytes written so far: the offset of the next byte */
  offset: number;
  createdAt: number;
}

export interface ContainerOutput {
  /** pass `offset + 1` to go on after this record */
  offset: number;
  stream: "stdout" | "stderr";
  /** ms since the epoch */
  time: number;
  /** UTF-8, invalid bytes replaced */
  text: string;
}

export interface ListeningPort {
  protocol: "tcp" | "udp";
  port: number;
  /** an address of the container that the machine reaches it by */
  address: string;
  /** 127.0.0.1, ::1: where alone it listens, so that nothing outside the container reaches it */
  loopback?: string;
}

/** What brought a container's last run to its end, beside its exit code; all false while it runs. */
export interface ContainerEnding {
  /** somebody stopped or killed it (`docker stop`, `kill`, `rm -f`, the page's Stop) */
  asked: boolean;
  /** the kernel killed a process of it for want of memory */
  outOfMemory: boolean;
}

/** What may be limited: bytes (memory, swap, disk, logs: of one container; bandwidth: a second), processors, things, requests a second, hours. */
export type LimitName =
  | "memory"
  | "swap"
  | "cpus"
  | "pids"
  | "openFiles"
  | "ioWeight"
  | "disk"
  | "inodes"
  | "containers"
  | "images"
  | "networks"
  | "volumes"
  | "ports"
  | "concurrentBuilds"
  | "execs"
  | "logs"
  | "bandwidth"
  | "requests"
  | "requestsAtOnce"
  | "connections"
  | "idleHours";

/** `used` is missing where nothing is counted. */
export type LimitUsage = Record<LimitName, { used?: number; limit?: number }> & {
  /** who has how much of the disk, bytes; the largest first */
  diskParts: { name: string; bytes: number }[];
};

/** A file in a container. */
export interface ListedFile {
  name: string;
  kind: "file" | "directory" | "symlink" | "block" | "character" | "fifo" | "socket";
  /** bytes */
  size: number;
  /** permission bits, 0 to 0o7777 */
  mode: number;
  /** as the container sees them */
  uid: number;
  gid: number;
  /** ms since the epoch */
  mtime: number;
  /** of a link: what is written in it, and what it leads to, if anything */
  linkTarget?: string;
  leadsTo?: ListedFile["kind"];
}

/** One directory of a container, without what is beneath its directories. */
export interface DirectoryListing {
  /** absolute, links resolved */
  path: string;
  /** directories first, at most 2,000 */
  files: ListedFile[];
  /** how many more there are */
  omitted: number;
}

/** A missing one is not limited. */
export type TenantLimits = Partial<Record<LimitName, number>>;

export interface TenantStart {
  /** chosen if undefined */
  id?: string;
  /** `class` if undefined */
  policy?: "open" | "class" | "public";
  /** tenants of one group use the results of each other's build steps; the operator alone says so */
  group?: string;
  limits?: TenantLimits;
}

export interface TenantSummary {
  id: string;
  policy: "open" | "class" | "public";
  group?: string;
  /** host path of its Docker API socket */
  socket: string;
  /** its own; its policy's are beneath them */
  limits: TenantLimits;
  /** ms since the epoch */
  createdAt: number;
}

/** The most that was used in one hour. Bytes, things. */
export interface UsageSample {
  /** ms since the epoch */
  from: number;
  memory: number;
  pids: number;
  disk: number;
  containers: number;
}

/** Of `/healthz` and `/readyz`, which are beside `/drydock/v1` (and web has, too). */
export interface Health {
  status: "ok" | "failing";
  /** sentences: why it cannot serve */
  problems: string[];
}

/** One policy as it is now. */
export interface PolicySummary {
  name: "open" | "class" | "public";
  rules: PolicyRuleValue[];
}

export interface PolicyRuleValue {
  name: string;
  /** a list may also be `all` */
  /** a limit is a number, or `none` */
  kind: "switch" | "list" | "choice" | "limit";
  value: boolean | number | string | string[];
  /** different from what ships */
  changed: boolean;
  about: string;
}

/** The base image that workstations are containers of. */
export const workstationImage = "drydock/workstation";

export interface BaseImageStatus {
  name: string;
  ready: boolean;
  /** it is being made, or will be without anybody's asking; what is neither is made when it is first used */
  making: boolean;
  /** while it is made: what was done last, as apt-get tells it, and how far its packages are, 0 to 100 (once that is known) */
  progress?: { step?: string; percent?: number };
  standIn: boolean;
  /** why it could not be made */
  error?: string;
}

export interface EngineStatus {
  version: string;
  baseImages: BaseImageStatus[];
  /** sentences: what does not work on this machine */
  problems: string[];
}

/** The label of a container that is a learner's workstation: only lists and prunes that ask for it have it. */
export const workstationRole = { label: "drydock.role", value: "workstation" } as const;
