import { whyNoLimit } from "../../contract/least-limits.ts";
import { InvalidArgument } from "../errdefs/errors.ts";

/** What a limit counts, for whoever shows or sets it. */
export type LimitKind = "bytes" | "number" | "whole";

/**
 * Every limit of a tenant, in the order in which they are shown. One that is missing does not limit; a tenant's own goes
 * before its policy's (policy.ts).
 */
export const limitKinds = {
  memory: { kind: "bytes", about: "memory of all containers and build steps together" },
  swap: { kind: "bytes", about: "what may be swapped out beside that, where the machine has swap" },
  cpus: { kind: "number", about: "processors, e.g. 1.5" },
  pids: { kind: "whole", about: "processes and threads" },
  openFiles: { kind: "whole", about: "open files of one process (ulimit -n)" },
  ioWeight: {
    kind: "whole",
    about:
      "share of the machine's disk when several want it, 1 to 1000, 100 for everybody else; needs the scheduler bfq",
  },
  disk: {
    kind: "bytes",
    about: "what images have beyond base images, container writes, volumes, logs, build cache, workspace",
  },
  inodes: { kind: "whole", about: "files and directories in all that counts as disk" },
  containers: { kind: "whole", about: "containers, also those that ended" },
  images: { kind: "whole", about: "images" },
  networks: { kind: "whole", about: "networks beside those that everybody has" },
  volumes: { kind: "whole", about: "volumes" },
  ports: { kind: "whole", about: "published ports of the containers that run" },
  concurrentBuilds: { kind: "whole", about: "builds at once" },
  execs: { kind: "whole", about: "docker exec at once" },
  logs: { kind: "bytes", about: "the kept log of one container" },
  bandwidth: { kind: "bytes", about: "a second, to and from the outside of a learner's networks, together" },
  requests: { kind: "number", about: "API requests a second, ten seconds' worth of them at once" },
  requestsAtOnce: { kind: "whole", about: "API requests that wait for their answer" },
  connections: { kind: "whole", about: "connections to the Docker API" },
  idleHours: { kind: "number", about: "hours without activity until containers are stopped; files are kept" },
} as const satisfies Record<string, { kind: LimitKind; about: string }>;

export type LimitName = keyof typeof limitKinds;

/** All optional; a missing one is not limited. Bytes, processors, numbers of things, hours. */
export type TenantLimits = Partial<Record<LimitName, number>>;

export const limitNames = Object.keys(limitKinds) as LimitName[];

/** @throws InvalidArgument: less than a tenant needs, or no number */
export function checkLimits(limits: TenantLimits): void {
  for (const name of limitNames) {
    const value = limits[name];
    const why = value === undefined ? undefined : whyNoLimit(name, value);
    if (why !== undefined) throw new InvalidArgument(`the limit ${name} ${why}; without it, there is none`);
  }
}
